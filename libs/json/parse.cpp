// SPDX-License-Identifier: Apache-2.0
// The only file that knows nlohmann-json. Its event interface is used, since its own values neither keep the
// order of members nor notice a repeated name.
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/json/json.h"

namespace watchglass::json {
namespace {

constexpr std::size_t deepest = 64;

/// "line 3, column 14" of the byte at `position` (counted from 1, as the library does).
std::string place_of(std::string_view text, std::size_t position) {
    const auto before = text.substr(0, position > 0 ? position - 1 : 0);
    std::size_t line = 1;
    std::size_t line_begin = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] == '\n') {
            ++line;
            line_begin = i + 1;
        }
    }
    return fmt::format("line {}, column {}", line, before.size() - line_begin + 1);
}

/// Builds a Value from the library's events.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit Builder(std::string_view text) : text_(text) {}

    bool null() override { return add(Value{}); }
    bool boolean(bool v) override { return add(Value{v}); }
    bool number_integer(number_integer_t v) override { return add(Value{v}); }
    bool number_unsigned(number_unsigned_t v) override {
        constexpr auto most = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
        return add(v <= most ? Value{static_cast<std::int64_t>(v)} : Value{static_cast<double>(v)});
    }
    bool number_float(number_float_t v, const string_t&) override { return add(Value{v}); }
    bool string(string_t& v) override { return add(Value{std::move(v)}); }
    bool binary(binary_t&) override { return refuse("It holds binary data."); }

    bool start_object(std::size_t) override { return open(true); }
    bool start_array(std::size_t) override { return open(false); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        auto& level = levels_.back();
        if (!level.names.insert(name).second) return refuse(fmt::format("Member \"{}\" occurs twice.", name));
        level.name = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception& error) override {
        // Only number overflow is not about the place: "number overflow parsing '1e999'".
        const bool overflow =
            std::string_view{error.what()}.find("number overflow") != std::string_view::npos;
        return refuse(fmt::format("{} at {}.", overflow ? "A number is too large" : "It is not JSON",
                                  place_of(text_, position)));
    }

    Value take() { return std::move(root_); }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

private:
    struct Level {
        bool is_object = false;
        Value::Members members;
        Value::Array items;
        std::string name;
        std::unordered_set<std::string> names;
    };

    bool refuse(std::string complaint) {
        complaint_ = std::move(complaint);
        return false;
    }
    bool add(Value v) {
        if (levels_.empty()) {
            root_ = std::move(v);
        } else if (auto& level = levels_.back(); level.is_object) {
            level.members.emplace_back(std::move(level.name), std::move(v));
        } else {
            level.items.push_back(std::move(v));
        }
        return true;
    }
    bool open(bool is_object) {
        if (levels_.size() == deepest) return refuse(fmt::format("It is more than {} levels deep.", deepest));
        levels_.emplace_back().is_object = is_object;
        return true;
    }
    bool close() {
        Level level = std::move(levels_.back());
        levels_.pop_back();
        return add(level.is_object ? Value::object(std::move(level.members)) : Value{std::move(level.items)});
    }

    std::string_view text_;
    std::vector<Level> levels_;
    Value root_;
    std::string complaint_;
};

}  // namespace

Result<Value> parse(std::string_view text) {
    Builder builder{text};
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
        return failed(Failure{codes::malformed, Next::give_up, builder.complaint(), {}});
    }
    return builder.take();
}

}  // namespace watchglass::json
