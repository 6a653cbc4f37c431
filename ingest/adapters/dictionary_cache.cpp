// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/dictionary_cache.h"

#include "libs/foundation/log.h"
#include "schemas/dictionaries/dictionary_text.h"
#include "storage/telemetry/dictionary_store.h"

namespace watchglass::ingest {

Result<const ShelvedDictionary*> DictionaryCache::find(TenantNumber tenant, std::string_view name,
                                                       std::uint32_t version) {
    const std::lock_guard lock(mutex_);
    if (read_at_) {
        const ShelvedDictionary* found = on_shelf(tenant, name, version);
        if (found != nullptr || clock_.steady() - *read_at_ < reread_pause) return found;
    }
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    if (const auto done = read(**connection); !done) return failed(done);
    return on_shelf(tenant, name, version);
}

const ShelvedDictionary* DictionaryCache::on_shelf(TenantNumber tenant, std::string_view name,
                                                   std::uint32_t version) const {
    const ShelvedDictionary* for_everyone = nullptr;
    for (const auto& [number, entry] : entries_) {
        const Dictionary& dictionary = entry.shelved.dictionary;
        if (dictionary.version != version || dictionary.name != name) continue;
        if (entry.tenant == tenant) return &entry.shelved;  // its own comes first
        if (!entry.tenant) for_everyone = &entry.shelved;
    }
    return for_everyone;
}

Result<void> DictionaryCache::read(storage::Connection& connection) {
    const auto stored = storage::load_dictionaries(connection);
    if (!stored) return failed(stored);
    read_at_ = clock_.steady();
    for (const storage::StoredDictionary& text : *stored) {
        if (entries_.contains(text.number)) continue;  // a published version never changes
        auto parsed = parse_dictionary_text(text.source);
        if (!parsed) {
            log::failure(log::Level::error, "ingest.dictionary_unreadable", parsed.error(),
                         {{"dictionary", text.name}, {"version", text.version}});
            continue;
        }
        entries_[text.number] = {text.tenant, {text.number, std::move(*parsed)}};
        log::info("ingest.dictionary_read", "A dictionary can be used now.",
                  {{"dictionary", text.name}, {"version", text.version}});
    }
    return {};
}

}  // namespace watchglass::ingest
