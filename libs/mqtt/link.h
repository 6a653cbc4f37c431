// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "libs/mqtt/inbox.h"
#include "libs/mqtt/session.h"

namespace watchglass::mqtt {

/// One connection to a broker, from dialing to its end: used once, then thrown away, so that no state of a broken
/// connection reaches the next. What happens to it is posted to an Inbox under the link's number.
///
/// send() may be called from any thread, the others from one. After the destructor returned, nothing more is posted that
/// anybody would mistake for a newer link's.
class Link {
public:
    virtual ~Link() = default;
    /// Dials. After success LinkConnected or LinkDown follows; nothing comes after a LinkDown that matters.
    virtual Result<void> open() = 0;
    /// After LinkConnected: asks for these subscriptions besides those there are. LinkUp or LinkDown follows. One request at
    /// a time, of either kind.
    virtual Result<void> subscribe(const std::vector<std::string>& filters) = 0;
    /// Ends these, at least one. Unsubscribed or LinkDown follows.
    virtual Result<void> unsubscribe(const std::vector<std::string>& filters) = 0;
    /// Hands a message over; `slot` comes back in Published. At most 1,024 slots.
    virtual Result<void> send(const Message& message, std::uint32_t slot) = 0;
    /// Sends DISCONNECT, so that no will is published; a LinkDown follows within `patience`.
    virtual void close(std::chrono::milliseconds patience) = 0;
};

/// Over Paho's MQTTAsync. `settings` and `inbox` outlive the link.
std::unique_ptr<Link> make_paho_link(const SessionSettings& settings, std::shared_ptr<Inbox> inbox,
                                     std::uint32_t number);

/// The session's logic over links from wherever: what make_paho_session and the tests share.
using LinkMaker = std::function<std::unique_ptr<Link>(const SessionSettings& settings,
                                                      std::shared_ptr<Inbox> inbox, std::uint32_t number)>;
std::unique_ptr<Session> make_session(SessionSettings settings, Events events, LinkMaker make_link);

}  // namespace watchglass::mqtt
