// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace watchglass {

/// A stable error code: what scripts, metrics, logs and problem documents call one kind of trouble.
///
/// Each area declares its own in a `codes.h` (`inline constexpr Code ticket_spent{...}`); `docs/errors.md` is
/// made from all of them and checked in CI. A published name never changes its meaning. The three texts have
/// static storage duration.
struct Code {
    std::string_view name;      ///< `area.what`, lower case: `enroll.ticket_spent`
    std::string_view sentence;  ///< what happened, for a person: "This enrollment ticket was already used."
    std::string_view
        next_step;  ///< what they can do: "Ask for a new ticket: watchglass device ticket DEVICE."

    friend constexpr bool operator==(const Code& a, const Code& b) { return a.name == b.name; }
};

/// What the caller may do about a failure.
enum class Next {
    give_up,        ///< asking again gives the same answer
    retry_later,    ///< the same call may succeed without anybody doing anything
    tell_operator,  ///< needs a person: a full disk, a wrong configuration, damage
};

/// Why something could not be done.
struct Failure {
    Code code;
    Next next = Next::give_up;
    std::string detail{};  ///< particulars that may be shown to whoever asked; never a secret
    std::string cause{};   ///< particulars for our own log only: SQL, library texts, addresses of peers

    /// "sentence detail next_step", for a person at a terminal or in a problem document.
    [[nodiscard]] std::string message() const;
};

namespace codes {
inline constexpr Code invalid_argument{"foundation.invalid_argument", "A value was not acceptable.",
                                       "Correct the value and try again."};
inline constexpr Code not_found{"foundation.not_found", "Nothing by that name exists.",
                                "Check the spelling, or list what exists."};
inline constexpr Code io_error{"foundation.io_error", "Reading or writing a file failed.",
                               "Check the path, its permissions and the free space of its disk."};
inline constexpr Code internal_error{"foundation.internal_error",
                                     "The program met a state it does not expect.",
                                     "Report this with the log lines around it."};
inline constexpr Code unavailable{"foundation.unavailable", "A service that is needed did not answer.",
                                  "Try again shortly; if it persists, look at that service's log."};
inline constexpr Code timed_out{"foundation.timed_out", "No answer came in time.",
                                "Try again; if it persists, check the network path and the peer."};
}  // namespace codes

}  // namespace watchglass
