// SPDX-License-Identifier: Apache-2.0
// The only file that knows libcurl.
#include "libs/http/client.h"

#include <array>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

#include "libs/http/event_parser.h"
#include "libs/http/server_problem.h"
#include "libs/security/tls_context.h"

namespace watchglass::http {
namespace {

struct CurlClosed {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListFreed {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, CurlClosed>;
using HeaderList = std::unique_ptr<curl_slist, ListFreed>;

Curl new_handle() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    return Curl{curl_easy_init()};
}

std::string authority_of(const security::ConnectionPolicy& policy) {
    const bool ipv6 = policy.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", policy.host, ipv6 ? "]" : "", policy.port);
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// What one transfer collects; libcurl hands it to the callbacks.
struct Transfer {
    ClientResponse response;
    std::size_t body_limit = 0;
    bool too_large = false;
    std::function<bool(std::string_view)> on_piece;  ///< set: good answers go here instead of into the body
    bool ended_by_reader = false;
    CURL* handle = nullptr;
};

std::size_t on_header(char* data, std::size_t one, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::string_view line{data, one * size};
    // A status line begins another head: what came before was an interim answer (100 Continue).
    if (line.starts_with("HTTP/")) transfer.response.headers.clear();
    if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        transfer.response.headers.emplace_back(lower_case(line.substr(0, colon)),
                                               trimmed(line.substr(colon + 1)));
    }
    return line.size();
}

std::size_t on_body(char* data, std::size_t one, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::string_view piece{data, one * size};
    long status = 0;
    curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
    if (transfer.on_piece && status == 200) {
        transfer.ended_by_reader = !transfer.on_piece(piece);
        return transfer.ended_by_reader ? 0 : piece.size();
    }
    if (transfer.response.body.size() + piece.size() > transfer.body_limit) {
        transfer.too_large = true;
        return 0;
    }
    transfer.response.body += piece;
    return piece.size();
}

}  // namespace

std::string ClientResponse::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_case_name) return value;
    }
    return {};
}

struct Client::State {
    std::optional<security::ConnectionPolicy> policy;  ///< absent: a Unix socket
    std::filesystem::path socket;
    Curl handle = new_handle();
    std::optional<Failure> trust_failure;  ///< why the last handshake was not begun

    template <class T>
    void set(CURLoption option, T value) {
        curl_easy_setopt(handle.get(), option, value);
    }
    void aim(const std::string& target);
    void aim_through_tls();
    void aim_through_proxy();
    HeaderList describe(const ClientRequest& request);
    Result<ClientResponse> run(Transfer& transfer);
    [[nodiscard]] Failure failure_of(CURLcode code, const Transfer& transfer, const char* text) const;
};

namespace {

/// Called by libcurl for each handshake. The state is passed through untyped.
template <class State>
CURLcode on_tls_context(CURL*, void* context, void* user) {
    auto& state = *static_cast<State*>(user);
    auto trusted = security::apply_client_trust(static_cast<ssl_ctx_st*>(context), *state.policy);
    if (trusted) return CURLE_OK;
    state.trust_failure = std::move(trusted.error());
    return CURLE_ABORTED_BY_CALLBACK;
}

}  // namespace

void Client::State::aim(const std::string& target) {
    curl_easy_reset(handle.get());  // options only: open connections stay
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_CONNECTTIMEOUT_MS, 15'000L);
    // An empty text, unlike none, also keeps libcurl from asking the environment.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "");
    if (!policy) {
        set(CURLOPT_PROTOCOLS_STR, "http");
        set(CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
        set(CURLOPT_URL, ("http://localhost" + target).c_str());
        return;
    }
    set(CURLOPT_PROTOCOLS_STR, "https");
    set(CURLOPT_URL, fmt::format("https://{}{}", authority_of(*policy), target).c_str());
    aim_through_tls();
    if (policy->proxy) aim_through_proxy();
}

void Client::State::aim_through_tls() {
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // The system's roots are never asked: apply_client_trust() decides alone.
    set(CURLOPT_CAINFO, nullptr);
    set(CURLOPT_CAPATH, nullptr);
    set(CURLOPT_SSL_CTX_FUNCTION, &on_tls_context<State>);
    set(CURLOPT_SSL_CTX_DATA, this);
    if (policy->identity) {
        set(CURLOPT_SSLCERT, policy->identity->certificate_chain.c_str());
        set(CURLOPT_SSLKEY, policy->identity->private_key.c_str());
    }
}

void Client::State::aim_through_proxy() {
    const auto& proxy = *policy->proxy;
    set(CURLOPT_PROXY, proxy.host.c_str());
    set(CURLOPT_PROXYPORT, static_cast<long>(proxy.port));
    set(CURLOPT_PROXYTYPE, static_cast<long>(CURLPROXY_HTTP));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (proxy.user.empty()) return;
    set(CURLOPT_PROXYUSERNAME, proxy.user.c_str());
    set(CURLOPT_PROXYPASSWORD, proxy.password.c_str());
    set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
}

HeaderList Client::State::describe(const ClientRequest& request) {
    HeaderList list;
    for (const auto& [name, value] : request.headers) {
        // `Name;` is how libcurl is told to send a header without a value.
        const auto line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
        list.reset(curl_slist_append(list.release(), line.c_str()));
    }
    set(CURLOPT_HTTPHEADER, list.get());
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_POSTFIELDS, request.body.data());
    }
    if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    return list;
}

Result<ClientResponse> Client::State::run(Transfer& transfer) {
    std::array<char, CURL_ERROR_SIZE> text{};
    transfer.handle = handle.get();
    trust_failure.reset();
    set(CURLOPT_ERRORBUFFER, text.data());
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &transfer);
    const CURLcode code = curl_easy_perform(handle.get());
    set(CURLOPT_ERRORBUFFER, nullptr);
    if (code != CURLE_OK && !transfer.ended_by_reader) return failed(failure_of(code, transfer, text.data()));
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
}

Failure Client::State::failure_of(CURLcode code, const Transfer& transfer, const char* text) const {
    if (trust_failure) return *trust_failure;
    const std::string where = policy ? authority_of(*policy) : socket.string();
    const std::string cause = fmt::format(
        "{}: {} (curl {})", where, *text != 0 ? text : curl_easy_strerror(code), static_cast<int>(code));
    long connect_status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_HTTP_CONNECTCODE, &connect_status);
    const auto failure = [&](const Code& our_code, Next next, std::string detail) {
        return Failure{our_code, next, std::move(detail), cause};
    };
    if (transfer.too_large) {
        return failure(codes::unexpected_answer, Next::give_up, fmt::format("{} sent too much.", where));
    }
    if (connect_status >= 300) {
        return failure(codes::proxy_refused, Next::tell_operator,
                       fmt::format("Its status is {}.", connect_status));
    }
    // A TLS alert about certificates comes from the server, so it is about ours.
    const std::string_view said = text;
    if (said.find("alert") != std::string_view::npos && (said.find("certificate") != std::string_view::npos ||
                                                         said.find("unknown ca") != std::string_view::npos)) {
        return failure(codes::identity_refused, Next::tell_operator, where + ".");
    }
    switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR: return failure(codes::not_trusted, Next::tell_operator, where + ".");
        case CURLE_SSL_CERTPROBLEM: return failure(codes::identity_unusable, Next::tell_operator, {});
        case CURLE_OPERATION_TIMEDOUT:
            return failure(watchglass::codes::timed_out, Next::retry_later, where + ".");
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_HTTP2: return failure(codes::unexpected_answer, Next::give_up, where + ".");
        default: return failure(codes::not_reachable, Next::retry_later, where + ".");
    }
}

Client::Client(security::ConnectionPolicy policy) : state_(std::make_unique<State>()) {
    state_->policy = std::move(policy);
}
Client::Client(std::filesystem::path unix_socket) : state_(std::make_unique<State>()) {
    state_->socket = std::move(unix_socket);
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Result<ClientResponse> Client::send(const ClientRequest& request) {
    state_->aim(request.target);
    const HeaderList headers = state_->describe(request);
    Transfer transfer;
    transfer.body_limit = request.body_limit;
    return state_->run(transfer);
}

Result<json::Value> Client::call(const std::string& method, const std::string& target,
                                 const std::optional<json::Value>& body, int* status) {
    ClientRequest request;
    request.method = method;
    request.target = target;
    request.headers.emplace_back("Accept", "application/json");
    if (body) {
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = body->dump();
    }
    if (status != nullptr) *status = 0;
    auto response = send(request);
    if (!response) return failed(std::move(response));
    if (status != nullptr) *status = response->status;
    if (response->status >= 400) return failed(failure_of_answer(response->status, response->body));
    if (response->body.empty()) return json::Value{};
    auto document = json::parse(response->body);
    if (!document) {
        return failed(
            Failure{codes::unexpected_answer, Next::give_up, "It is not JSON.", document.error().detail});
    }
    return document;
}

Result<void> Client::listen(const std::string& target,
                            const std::function<bool(std::string_view, std::string_view)>& on_event) {
    state_->aim(target);
    ClientRequest request;
    request.headers.emplace_back("Accept", "text/event-stream");
    request.timeout = std::chrono::milliseconds{0};  // none
    const HeaderList headers = state_->describe(request);
    state_->set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    state_->set(CURLOPT_LOW_SPEED_TIME, 60L);

    EventParser parser;
    Transfer transfer;
    transfer.body_limit = 1u << 20;
    transfer.on_piece = [&](std::string_view piece) { return parser.feed(piece, on_event); };
    const auto response = state_->run(transfer);
    if (!response) return failed(response);
    if (parser.too_long())
        return failed(Failure{codes::unexpected_answer, Next::give_up, "An event is too long.", {}});
    if (response->status != 200) return failed(failure_of_answer(response->status, response->body));
    return {};
}

}  // namespace watchglass::http
