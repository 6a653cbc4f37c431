// SPDX-License-Identifier: Apache-2.0
// An enrollment ticket as somebody copied it: the input as text, and as the bytes under a ticket with a right check.
#include "schemas/values/ticket.h"

#include <cstdint>
#include <cstdlib>

#include "libs/foundation/bytes.h"
#include "libs/foundation/crc32c.h"

using namespace watchglass;

namespace {

void read_back(std::string_view text) {
    const auto ticket = parse_ticket(text);
    if (!ticket) return;
    if (ticket->host.empty() || ticket->host.size() > 253 || ticket->port == 0) std::abort();
    const auto again = parse_ticket(to_text(*ticket));
    if (!again || *again != *ticket) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read_back(as_text({data, size}));
    Bytes payload{data, data + size};
    const std::uint32_t check = crc32c(payload);
    for (int shift = 24; shift >= 0; shift -= 8) payload.push_back(static_cast<std::uint8_t>(check >> shift));
    read_back("wg1:" + to_base32(payload));
    return 0;
}
