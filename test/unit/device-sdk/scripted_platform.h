// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "device-sdk/src/client/worker.h"
#include "schemas/values/frame.h"

namespace watchglass::device::test {

/// Broker and ingest in one, in memory: keeps frames in order, answers Stored as the protocol says, and can be told to
/// stay silent or to lose the link. Thread-safe.
class ScriptedPlatform {
public:
    SessionMaker maker();

    void set_storing(bool storing);  ///< false: PUBACK, and nothing else
    void set_full(bool full);        ///< the link takes nothing for now
    void cut_link();                 ///< and come back at once
    [[nodiscard]] std::vector<Body> bodies(Lane lane, const Dictionary& dictionary) const;
    [[nodiscard]] std::size_t gaps() const;
    [[nodiscard]] std::size_t hellos() const;
    [[nodiscard]] std::size_t arrived() const;  ///< envelopes, repeats included
    [[nodiscard]] std::vector<Status> statuses() const;

private:
    friend class ScriptedSession;
    struct Stream {
        StreamSeq through{};
        Chain chain{};
        std::vector<Envelope> accepted;
    };
    void take(const mqtt::Message& message);
    void say(const StreamId& stream, StoredWhy why);

    mutable std::mutex mutex_;
    bool storing_ = true;
    bool full_ = false;
    std::map<StreamId, Stream> streams_;
    std::size_t hellos_ = 0;
    std::size_t arrived_ = 0;
    std::vector<Status> statuses_;
    mqtt::Events events_;
    std::string stored_topic_;
};

/// `<directory>/identity/identity.json` of a made-up device.
void write_identity(const std::filesystem::path& directory);

}  // namespace watchglass::device::test
