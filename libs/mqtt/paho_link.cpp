// SPDX-License-Identifier: Apache-2.0
// The only file that knows Paho. What it works around is told in the README beside it.
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <MQTTAsync.h>
#include <unistd.h>

#include "libs/mqtt/link.h"
#include "libs/mqtt/prompt_sockets.h"
#include "libs/mqtt/proxy_probe.h"
#include "libs/security/tls_context.h"

namespace watchglass::mqtt {

namespace {

using std::chrono::milliseconds;

// --- from Paho's contexts to links -----------------------------------------------------------------------------

/// Paho may still be inside a callback of a client that another thread destroys. So a callback carries no pointer but
/// a key; a key that is no longer registered is ignored.
///
/// A key is (serial << 10 | slot): serial numbers the links of this process, slot the publish under way.
constexpr unsigned slot_bits = 10;
constexpr std::uint32_t one_filter = 1;  ///< in the place of the slot, for a subscription
constexpr std::uintptr_t slot_mask = (std::uintptr_t{1} << slot_bits) - 1;

struct Owner {
    std::shared_ptr<Inbox> inbox;
    std::uint32_t number = 0;
};

struct Owners {
    std::mutex mutex;
    std::map<std::uintptr_t, Owner> by_serial;
    std::uintptr_t next = 1;
};

Owners& owners() {
    static Owners instance;
    return instance;
}

std::uintptr_t enlist(Owner owner) {
    auto& all = owners();
    const std::lock_guard lock(all.mutex);
    const auto serial = all.next++ & (std::numeric_limits<std::uintptr_t>::max() >> slot_bits);
    all.by_serial[serial] = std::move(owner);
    return serial;
}

void delist(std::uintptr_t serial) {
    auto& all = owners();
    const std::lock_guard lock(all.mutex);
    all.by_serial.erase(serial);
}

void* context_of(std::uintptr_t serial, std::uint32_t slot = 0) {
    return reinterpret_cast<void*>(serial << slot_bits | slot);
}

template <class What>
void post(void* context, What what) {
    Owner owner;
    {
        auto& all = owners();
        const std::lock_guard lock(all.mutex);
        const auto found = all.by_serial.find(reinterpret_cast<std::uintptr_t>(context) >> slot_bits);
        if (found == all.by_serial.end()) return;
        owner = found->second;
    }
    owner.inbox->post({.link = owner.number, .what = std::move(what)});
}

std::uint32_t slot_of(void* context) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(context) & slot_mask);
}

// --- what went wrong --------------------------------------------------------------------------------------------

bool is_refusal(int reason) { return reason >= MQTTREASONCODE_UNSPECIFIED_ERROR && reason <= 0xFF; }

std::string reason_text(int reason) {
    const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason));
    return "reason " + std::to_string(reason) +
           (name != nullptr ? std::string(" (") + name + ")" : std::string());
}

/// 0x80-0xFF are the broker's own words. A refusal may end (the registry may learn of the device): keep trying.
Failure failure_of(const Code& otherwise, int code, int reason, const char* text) {
    if (!is_refusal(reason))
        reason = code;  // a CONNACK's reason comes as Paho's own code, which are negative else
    if (is_refusal(reason))
        return {codes::refused, Next::retry_later, "It said " + reason_text(reason) + ".", ""};
    std::string cause = "Paho " + std::to_string(code);
    if (text != nullptr) cause += std::string(": ") + text;
    return {otherwise, Next::retry_later, "", std::move(cause)};
}

// --- callbacks: on Paho's threads, at times under its locks; they only post ---------------------------------------

int on_arrived(void* context, char* topic, int topic_length, MQTTAsync_message* message) {
    Arrived arrived;
    arrived.message.topic =
        topic_length > 0 ? std::string(topic, static_cast<std::size_t>(topic_length)) : std::string(topic);
    const auto* bytes = static_cast<const std::uint8_t*>(message->payload);
    if (message->payloadlen > 0) arrived.message.payload.assign(bytes, bytes + message->payloadlen);
    arrived.message.qos = message->qos;
    arrived.message.retain = message->retained != 0;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    post(context, std::move(arrived));
    return 1;
}

void on_lost(void* context, char* cause) { post(context, LinkDown{failure_of(codes::lost, 0, 0, cause)}); }

void on_server_disconnect(void* context, MQTTProperties*, MQTTReasonCodes reason) {
    post(context,
         LinkDown{failure_of(codes::lost, 0, static_cast<int>(reason), "the broker disconnected us")});
}

void on_subscribed(void* context, MQTTAsync_successData5* data) {
    if (data != nullptr) {
        if (is_refusal(static_cast<int>(data->reasonCode))) {
            post(context,
                 LinkDown{failure_of(codes::refused, 0, static_cast<int>(data->reasonCode), nullptr)});
            return;
        }
        // With one filter Paho fills in reasonCode alone and leaves the list as it was: wild. The slot says which.
        const int listed = slot_of(context) == one_filter ? 0 : data->alt.sub.reasonCodeCount;
        for (int i = 0; i < listed; ++i) {
            const auto reason = static_cast<int>(data->alt.sub.reasonCodes[i]);
            if (!is_refusal(reason)) continue;
            post(context, LinkDown{failure_of(codes::refused, 0, reason, nullptr)});
            return;
        }
    }
    post(context, LinkUp{});
}

void on_not_subscribed(void* context, MQTTAsync_failureData5* data) {
    post(context, LinkDown{failure_of(codes::refused, data != nullptr ? data->code : 0,
                                      data != nullptr ? static_cast<int>(data->reasonCode) : 0,
                                      data != nullptr ? data->message : nullptr)});
}

void on_unsubscribed(void* context, MQTTAsync_successData5*) { post(context, Unsubscribed{}); }

void on_connected(void* context, MQTTAsync_successData5* data) {
    LinkConnected connected;
    if (data != nullptr &&
        MQTTProperties_hasProperty(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM) != 0) {
        connected.receive_maximum = static_cast<std::size_t>(
            MQTTProperties_getNumericValue(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM));
    }
    post(context, connected);
}

void on_not_connected(void* context, MQTTAsync_failureData5* data) {
    post(context, LinkDown{failure_of(codes::unreachable, data != nullptr ? data->code : 0,
                                      data != nullptr ? static_cast<int>(data->reasonCode) : 0,
                                      data != nullptr ? data->message : nullptr)});
}

// delivery_complete also fires for what failed: only these two count.
void on_published(void* context, MQTTAsync_successData5* data) {
    post(context, Published{.slot = slot_of(context),
                            .received = data == nullptr || !is_refusal(static_cast<int>(data->reasonCode))});
}

void on_not_published(void* context, MQTTAsync_failureData5*) {
    post(context, Published{.slot = slot_of(context), .received = false});
}

void on_disconnected(void* context, MQTTAsync_successData5*) {
    post(context, LinkDown{{codes::lost, Next::retry_later, "The session was closed.", ""}});
}

void on_not_disconnected(void* context, MQTTAsync_failureData5*) { on_disconnected(context, nullptr); }

// --- the library's own life -----------------------------------------------------------------------------------

/// Paho stops its threads with its last client and starts them with the next, which is slow and where its races are.
/// An idle client, kept while anybody has a link, keeps them running across reconnects.
class Library {
public:
    static std::shared_ptr<Library> instance() {
        static std::mutex mutex;
        static std::weak_ptr<Library> shared;
        const std::lock_guard lock(mutex);
        auto library = shared.lock();
        if (!library) {
            library = std::make_shared<Library>();
            shared = library;
        }
        return library;
    }

    Library() {
        for (const char* name : {"http_proxy", "https_proxy"}) {
            if (std::getenv(name) != nullptr) ::unsetenv(name);
        }
        MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
        MQTTAsync_createWithOptions(&idle_, "tcp://localhost:1", "", MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                                    &options);
    }
    ~Library() { MQTTAsync_destroy(&idle_); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

private:
    MQTTAsync idle_ = nullptr;
};

/// As Paho takes them; it copies what they point to.
std::vector<char*> pointers_to(const std::vector<std::string>& filters) {
    std::vector<char*> names;
    for (const auto& filter : filters) names.push_back(const_cast<char*>(filter.c_str()));
    return names;
}

// --- one connection -------------------------------------------------------------------------------------------

class PahoLink final : public Link {
public:
    PahoLink(const SessionSettings& settings, std::shared_ptr<Inbox> inbox, std::uint32_t number)
        : settings_(settings), library_(Library::instance()), serial_(enlist({std::move(inbox), number})) {}

    ~PahoLink() override {
        delist(serial_);
        if (client_ != nullptr) MQTTAsync_destroy(&client_);
    }
    PahoLink(const PahoLink&) = delete;
    PahoLink& operator=(const PahoLink&) = delete;

    Result<void> open() override;
    Result<void> subscribe(const std::vector<std::string>& filters) override;
    Result<void> unsubscribe(const std::vector<std::string>& filters) override;
    Result<void> send(const Message& message, std::uint32_t slot) override;
    void close(milliseconds patience) override;

private:
    Result<void> create();
    Result<void> connect();

    const SessionSettings& settings_;
    const std::shared_ptr<Library> library_;
    const std::uintptr_t serial_;
    MQTTAsync client_ = nullptr;
};

Result<void> PahoLink::open() {
    const auto& policy = settings_.policy;
    if (policy.proxy) {
        if (auto probed = probe_proxy(*policy.proxy, policy.host, policy.port, milliseconds{5'000}); !probed)
            return probed;
    }
    if (policy.verification_time) {
        if (auto set = security::set_process_verification_time(policy.verification_time); !set) return set;
    }
    if (auto created = create(); !created) return created;
    return connect();
}

Result<void> PahoLink::create() {
    // The library formats some five lines of trace for each message, into memory, unless it is told not to.
    static const bool silenced = (MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR), true);
    static_cast<void>(silenced);
    const auto& policy = settings_.policy;
    const bool ipv6 = policy.host.find(':') != std::string::npos;
    const auto uri =
        "ssl://" + (ipv6 ? "[" + policy.host + "]" : policy.host) + ":" + std::to_string(policy.port);
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    options.sendWhileDisconnected = 0;
    const int rc = MQTTAsync_createWithOptions(&client_, uri.c_str(), settings_.client_id.c_str(),
                                               MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
    if (rc != MQTTASYNC_SUCCESS) {
        client_ = nullptr;
        return failed(failure_of(watchglass::codes::internal_error, rc, 0, MQTTAsync_strerror(rc)));
    }
    // Before connect: installing them on a live client can deadlock.
    MQTTAsync_setCallbacks(client_, context_of(serial_), on_lost, on_arrived, nullptr);
    MQTTAsync_setDisconnected(client_, context_of(serial_), on_server_disconnect);
    return {};
}

Result<void> PahoLink::connect() {
    const auto& policy = settings_.policy;
    const auto* trust = std::get_if<security::TrustBundle>(&policy.trust);
    if (trust == nullptr)
        return failed(Failure{watchglass::codes::invalid_argument, Next::give_up,
                              "MQTT needs the trust bundle that enrollment gave.", ""});

    const auto trust_file = trust->file.string();
    const auto chain_file = policy.identity ? policy.identity->certificate_chain.string() : std::string();
    const auto key_file = policy.identity ? policy.identity->private_key.string() : std::string();
    const auto protocols = std::string(1, static_cast<char>(settings_.alpn.size())) + settings_.alpn;

    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.trustStore = trust_file.c_str();
    tls.disableDefaultTrustStore = 1;
    tls.enableServerCertAuth = 1;
    tls.verify = 1;  // the host name too
    tls.sslVersion = MQTT_SSL_VERSION_DEFAULT;
    tls.enabledCipherSuites = security::tls12_ciphers;
    if (policy.identity) {
        tls.keyStore = chain_file.c_str();
        tls.privateKey = key_file.c_str();
    }
    if (!settings_.alpn.empty()) {
        tls.protos = reinterpret_cast<const unsigned char*>(protocols.c_str());
        tls.protos_len = static_cast<unsigned int>(protocols.size());
    }

    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    options.cleanstart =
        1;  // a stored in-flight message can be damaged for ever; what matters is resent by its owner
    options.automaticReconnect = 0;
    options.keepAliveInterval = static_cast<int>(settings_.keep_alive.count());
    options.connectTimeout =
        static_cast<int>(std::chrono::ceil<std::chrono::seconds>(settings_.connect_patience).count());
    options.ssl = &tls;
    options.onSuccess5 = on_connected;
    options.onFailure5 = on_not_connected;
    options.context = context_of(serial_);

    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    if (settings_.will) {
        will.topicName = settings_.will->topic.c_str();
        will.payload.len = static_cast<int>(settings_.will->payload.size());
        will.payload.data = settings_.will->payload.data();
        will.qos = settings_.will->qos;
        will.retained = settings_.will->retain ? 1 : 0;
        options.will = &will;
    }
    const auto proxy = policy.proxy ? proxy_address(*policy.proxy) : std::string();
    if (policy.proxy) options.httpsProxy = proxy.c_str();

    const int rc = MQTTAsync_connect(client_, &options);
    if (rc != MQTTASYNC_SUCCESS) return failed(failure_of(codes::unreachable, rc, 0, MQTTAsync_strerror(rc)));
    return {};
}

Result<void> PahoLink::subscribe(const std::vector<std::string>& filters) {
    send_promptly_to(settings_.policy.proxy ? settings_.policy.proxy->port : settings_.policy.port);
    if (filters.empty()) {
        post(context_of(serial_), LinkUp{});
        return {};
    }
    const auto names = pointers_to(filters);
    const std::vector<int> qos(filters.size(), settings_.subscription_qos);
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.onSuccess5 = on_subscribed;
    response.onFailure5 = on_not_subscribed;
    response.context = context_of(serial_, filters.size() == 1 ? one_filter : 0);
    const int rc =
        MQTTAsync_subscribeMany(client_, static_cast<int>(names.size()), names.data(), qos.data(), &response);
    if (rc != MQTTASYNC_SUCCESS) return failed(failure_of(codes::lost, rc, 0, MQTTAsync_strerror(rc)));
    return {};
}

Result<void> PahoLink::unsubscribe(const std::vector<std::string>& filters) {
    const auto names = pointers_to(filters);
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.onSuccess5 = on_unsubscribed;
    response.onFailure5 = on_not_subscribed;
    response.context = context_of(serial_);
    const int rc =
        MQTTAsync_unsubscribeMany(client_, static_cast<int>(names.size()), names.data(), &response);
    if (rc != MQTTASYNC_SUCCESS) return failed(failure_of(codes::lost, rc, 0, MQTTAsync_strerror(rc)));
    return {};
}

Result<void> PahoLink::send(const Message& message, std::uint32_t slot) {
    MQTTAsync_message out = MQTTAsync_message_initializer;
    out.payload = const_cast<std::uint8_t*>(message.payload.data());  // copied by the call
    out.payloadlen = static_cast<int>(message.payload.size());
    out.qos = message.qos;
    out.retained = message.retain ? 1 : 0;
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.onSuccess5 = on_published;
    response.onFailure5 = on_not_published;
    response.context = context_of(serial_, slot);
    const int rc = MQTTAsync_sendMessage(client_, message.topic.c_str(), &out, &response);
    if (rc == MQTTASYNC_SUCCESS) return {};
    if (rc == MQTTASYNC_MAX_BUFFERED_MESSAGES) return failed(failure_of(codes::window_full, rc, 0, nullptr));
    return failed(failure_of(codes::not_connected, rc, 0, MQTTAsync_strerror(rc)));
}

void PahoLink::close(milliseconds patience) {
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer5;
    options.timeout = static_cast<int>(patience.count());
    options.reasonCode = MQTTREASONCODE_SUCCESS;
    options.onSuccess5 = on_disconnected;
    options.onFailure5 = on_not_disconnected;
    options.context = context_of(serial_);
    if (MQTTAsync_disconnect(client_, &options) != MQTTASYNC_SUCCESS)
        on_disconnected(options.context, nullptr);
}

}  // namespace

std::unique_ptr<Link> make_paho_link(const SessionSettings& settings, std::shared_ptr<Inbox> inbox,
                                     std::uint32_t number) {
    return std::make_unique<PahoLink>(settings, std::move(inbox), number);
}

}  // namespace watchglass::mqtt
