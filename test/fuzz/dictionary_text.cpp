// SPDX-License-Identifier: Apache-2.0
// A dictionary as an operator uploads it.
#include "schemas/dictionaries/dictionary_text.h"

#include <cstdint>
#include <cstdlib>

#include "libs/foundation/bytes.h"
#include "schemas/dictionaries/constants_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace watchglass;
    const auto dictionary = parse_dictionary_text(as_text({data, size}));
    if (!dictionary) return 0;
    if (dictionary->parameters.empty() || dictionary_digest(*dictionary).size() != 64) std::abort();
    if (dictionaries::constants_header(*dictionary, "fuzz").empty()) std::abort();
    return 0;
}
