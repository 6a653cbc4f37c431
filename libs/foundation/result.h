// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tl/expected.hpp>

#include "libs/foundation/failure.h"

namespace watchglass {

/// A value, or the reason there is none.
///
/// Expected trouble (bad input, a peer that is away, a full disk) travels as a Result. Exceptions of
/// libraries are turned into one at the single place that calls the library, and go no further.
template <class T>
using Result = tl::expected<T, Failure>;

/// Makes the unhappy side of a Result: `return failed(Failure{codes::not_found, Next::give_up, "..."});`
inline tl::unexpected<Failure> failed(Failure failure) { return tl::unexpected<Failure>(std::move(failure)); }

/// Passes the failure of another Result on: `if (!parsed) return failed(parsed);`
template <class T>
tl::unexpected<Failure> failed(const Result<T>& result) {
    return tl::unexpected<Failure>(result.error());
}
template <class T>
tl::unexpected<Failure> failed(Result<T>&& result) {
    return tl::unexpected<Failure>(std::move(result).error());
}

}  // namespace watchglass
