// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/services.h"

#include <fmt/format.h>

#include "certs/development_pki.h"
#include "cli/stack/cluster.h"
#include "cli/stack/codes.h"
#include "libs/foundation/file.h"
#include "libs/foundation/process.h"
#include "libs/http/client.h"

namespace watchglass::cli {

using namespace std::chrono_literals;

namespace {

/// A configuration in TOML; paths are ours and hold no quotes.
class Toml {
public:
    Toml& section(std::string_view name) {
        text_ += fmt::format("{}[{}]\n", text_.empty() ? "" : "\n", name);
        return *this;
    }
    Toml& file(std::string_view key, const std::filesystem::path& value) { return set(key, value.string()); }
    Toml& set(std::string_view key, const std::string& value) {
        text_ += fmt::format("{} = \"{}\"\n", key, value);
        return *this;
    }
    Toml& set(std::string_view key, std::int64_t value) {
        text_ += fmt::format("{} = {}\n", key, value);
        return *this;
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// One of our daemons with its configuration; it says itself when it is ready.
Result<ProgramSpec> service(const StackParts& parts, const std::string& name, const Toml& settings,
                            const std::string& program) {
    const auto config = write_config(parts, name + ".toml", settings.text());
    if (!config) return failed(config);
    ProgramSpec spec;
    spec.name = name;
    spec.command = {parts.programs.path(program).string(), "--config", config->string()};
    return spec;
}

Result<ProgramSpec> service(const StackParts& parts, const std::string& name, const Toml& settings) {
    return service(parts, name, settings, "watchglass-" + name);
}

/// The same, ready only when it can do its work: subscribed, connected to the database.
Result<ProgramSpec> working_service(const StackParts& parts, const std::string& name, const Toml& settings,
                                    const std::string& program) {
    auto spec = service(parts, name, settings, program);
    if (spec) spec->probe = [socket = parts.layout.socket(name)] { return service_works(socket); };
    return spec;
}

Result<ProgramSpec> working_service(const StackParts& parts, const std::string& name, const Toml& settings) {
    return working_service(parts, name, settings, "watchglass-" + name);
}

Toml provisiond_settings(const StackParts& parts) {
    const certs::DevelopmentPki pki{parts.layout.pki()};
    return Toml{}
        .section("postgres")
        .set("dsn", database_dsn(parts.layout, "wg_provision"))
        .set("connections", 16)
        .section("http")
        .file("socket", parts.layout.socket("provisiond"))
        .section("signer")
        .file("socket", parts.layout.socket("signerd"))
        .section("public")
        .set("host", parts.description.host)
        .set("port", parts.description.port)
        .section("trust")
        .file("bundle", pki.trust_bundle());
}

}  // namespace

bool service_works(const std::filesystem::path& socket) {
    http::Client client{socket};
    http::ClientRequest request;
    request.target = "/readyz";
    request.timeout = 2s;
    const auto answer = client.send(request);
    return answer && answer->status == 200;
}

Result<std::filesystem::path> write_config(const StackParts& parts, const std::string& name,
                                           const std::string& text) {
    const auto path = parts.layout.config() / name;
    if (auto written = write_file_atomically(path, text, 0600); !written) return failed(written);
    if (auto given = hand_over(parts.account, path); !given) return failed(given);
    return path;
}

Result<ProgramSpec> signerd_program(const StackParts& parts) {
    const auto issuing = certs::DevelopmentPki{parts.layout.pki()}.issuing();
    return service(parts, "signerd",
                   Toml{}
                       .section("http")
                       .file("socket", parts.layout.socket("signerd"))
                       .section("signer")
                       .file("certificate", issuing.certificate)
                       .file("key_file", issuing.key));
}

Result<ProgramSpec> provisiond_program(const StackParts& parts) {
    return working_service(parts, "provisiond", provisiond_settings(parts));
}

Result<ProgramSpec> bridged_program(const StackParts& parts) {
    return service(parts, "bridged",
                   Toml{}
                       .section("postgres")
                       .set("dsn", database_dsn(parts.layout, "wg_bridge"))
                       .section("bridge")
                       .file("plugin_socket", parts.layout.socket("plugin"))
                       .section("http")
                       .file("socket", parts.layout.socket("bridged")));
}

std::string ingestd_name(int number) { return number == 1 ? "ingestd" : fmt::format("ingestd-{}", number); }

Result<ProgramSpec> ingestd_program(const StackParts& parts, int number) {
    const certs::DevelopmentPki pki{parts.layout.pki()};
    const auto identity = pki.service("ingest");
    const auto name = ingestd_name(number);
    return working_service(parts, name,
                           Toml{}
                               .section("postgres")
                               .set("dsn", database_dsn(parts.layout, "wg_ingest"))
                               .section("broker")
                               .set("host", "localhost")
                               .set("port", parts.description.broker_service_port)
                               .file("trust_file", pki.service_ca().certificate)
                               .file("certificate_file", identity.certificate)
                               .file("key_file", identity.key)
                               .set("client_id", fmt::format("service-ingest-{}", number))
                               .section("http")
                               .file("socket", parts.layout.socket(name)),
                           "watchglass-ingestd");
}

Result<ProgramSpec> consoled_program(const StackParts& parts) {
    return working_service(parts, "consoled",
                           Toml{}
                               .section("postgres")
                               .set("dsn", database_dsn(parts.layout, "wg_console"))
                               .section("http")
                               .file("socket", parts.layout.socket("consoled")));
}

Result<void> register_operator(const StackParts& parts) {
    const auto config = write_config(parts, "provisiond.toml", provisiond_settings(parts).text());
    if (!config) return failed(config);
    SpawnOptions options;
    options.argv = {parts.programs.path("watchglass-provisiond").string(),
                    "--config",
                    config->string(),
                    "--add-operator",
                    "first-operator",
                    "--role",
                    "admin",
                    "--certificate",
                    parts.description.operator_certificate.string()};
    options.directory = "/";
    if (parts.account.must_drop) {
        options.uid = parts.account.uid;
        options.gid = parts.account.gid;
    }
    const auto finished = run_program(std::move(options), 60s);
    if (!finished) return failed(finished);
    if (finished->status.success()) return {};
    return failed(Failure{codes::program_failed, Next::tell_operator,
                          "watchglass-provisiond --add-operator: " + finished->err, ""});
}

}  // namespace watchglass::cli
