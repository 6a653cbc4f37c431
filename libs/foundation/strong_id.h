// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace watchglass {

/// A number or text that cannot be mistaken for another one of the same representation.
///
///     using StreamSeq = StrongId<std::uint64_t, struct StreamSeqTag>;
///
/// Construction is explicit and there is no conversion back: ask for `value()`.
template <class T, class Tag>
class StrongId {
public:
    using value_type = T;

    constexpr StrongId() = default;
    constexpr explicit StrongId(T value) : value_(std::move(value)) {}

    [[nodiscard]] constexpr const T& value() const { return value_; }

    friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
    friend constexpr bool operator==(const StrongId&, const StrongId&) = default;

private:
    T value_{};
};

}  // namespace watchglass

template <class T, class Tag>
struct std::hash<watchglass::StrongId<T, Tag>> {
    std::size_t operator()(const watchglass::StrongId<T, Tag>& id) const noexcept {
        return std::hash<T>{}(id.value());
    }
};
