// SPDX-License-Identifier: Apache-2.0
#include "schemas/dictionaries/dictionary_text.h"

#include <algorithm>

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "libs/foundation/utf8.h"
#include "schemas/dictionaries/codes.h"
#include "schemas/dictionaries/lint.h"

namespace watchglass {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t most_bytes = 4u << 20;
constexpr int deepest_nesting = 4;

/// Keeps what protobuf's parser has to say; it counts lines from 0.
class ParserComplaints final : public pb::io::ErrorCollector {
public:
    explicit ParserComplaints(std::vector<DictionaryComplaint>& complaints) : complaints_(complaints) {}
    void AddError(int line, pb::io::ColumnNumber, const std::string& message) override {
        complaints_.push_back({line + 1, printable(message)});
    }
    void AddWarning(int, pb::io::ColumnNumber, const std::string&) override {}

private:
    std::vector<DictionaryComplaint>& complaints_;
};

/// The line of a field, of its message where the field is absent, or 0.
class Lines {
public:
    explicit Lines(const pb::TextFormat::ParseInfoTree& tree) : tree_(tree) {}

    int operator()(std::string_view list, int index, const char* field) const {
        const pb::Descriptor* whole = v1::DictionaryText::descriptor();
        if (list.empty()) return line(tree_, whole, field);
        const pb::FieldDescriptor* entries = whole->FindFieldByName(std::string{list});
        const pb::TextFormat::ParseInfoTree* entry = tree_.GetTreeForNested(entries, index);
        const int found = entry != nullptr ? line(*entry, entries->message_type(), field) : 0;
        return found != 0 ? found : tree_.GetLocation(entries, index).line + 1;
    }

private:
    static int line(const pb::TextFormat::ParseInfoTree& tree, const pb::Descriptor* type, const char* name) {
        const pb::FieldDescriptor* field = type->FindFieldByName(name);
        return tree.GetLocation(field, field->is_repeated() ? 0 : -1).line + 1;
    }

    const pb::TextFormat::ParseInfoTree& tree_;
};

struct Read {
    Dictionary dictionary;
    std::vector<DictionaryComplaint> complaints;
};

Read read(std::string_view text) {
    Read out;
    if (text.size() > most_bytes) {
        out.complaints.push_back({0, "The text is larger than 4 MiB."});
        return out;
    }
    v1::DictionaryText message;
    pb::TextFormat::ParseInfoTree tree;
    ParserComplaints collector{out.complaints};
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&collector);
    parser.WriteLocationsTo(&tree);
    parser.SetRecursionLimit(deepest_nesting);
    if (!parser.ParseFromString(std::string{text}, &message)) {
        if (out.complaints.empty()) out.complaints.push_back({0, "The text could not be read."});
        return out;
    }
    out.dictionary = dictionaries::lint(message, Lines{tree}, out.complaints);
    std::stable_sort(out.complaints.begin(), out.complaints.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return out;
}

}  // namespace

std::string to_text(const DictionaryComplaint& complaint) {
    return complaint.line > 0 ? "line " + std::to_string(complaint.line) + ": " + complaint.what
                              : complaint.what;
}

std::vector<DictionaryComplaint> lint_dictionary_text(std::string_view text) { return read(text).complaints; }

Result<Dictionary> parse_dictionary_text(std::string_view text) {
    Read made = read(text);
    if (made.complaints.empty()) return std::move(made.dictionary);
    std::string all;
    for (const DictionaryComplaint& complaint : made.complaints) {
        if (!all.empty()) all += '\n';
        all += to_text(complaint);
    }
    return failed(Failure{dictionaries::codes::not_accepted, Next::give_up, std::move(all), {}});
}

}  // namespace watchglass
