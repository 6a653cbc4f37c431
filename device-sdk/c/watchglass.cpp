// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <string>

#include "libs/foundation/version.h"
#include <watchglass/c/watchglass.h>
#include <watchglass/device.h>
#include <watchglass/enroll.h>

struct wg_device {
    std::unique_ptr<watchglass::device::Device> device;
};

namespace {

using namespace watchglass;

template <std::size_t N>
void copy_text(char (&into)[N], std::string_view text) {
    const std::size_t size = std::min(text.size(), N - 1);
    std::memcpy(into, text.data(), size);
    into[size] = '\0';
}

wg_result tell(const Failure& failure, wg_error* error) {
    if (error != nullptr) {
        copy_text(error->code, failure.code.name);
        copy_text(error->message, failure.message());
    }
    if (failure.code == device::codes::not_drained) return WG_NOT_STORED;
    switch (failure.next) {
        case Next::give_up: return WG_INVALID;
        case Next::retry_later: return WG_RETRY_LATER;
        case Next::tell_operator: return WG_TELL_OPERATOR;
    }
    return WG_INVALID;
}

wg_result refuse(std::string why, wg_error* error) {
    return tell(Failure{codes::invalid_argument, Next::give_up, std::move(why), {}}, error);
}

template <class T>
wg_result answer(const Result<T>& result, wg_error* error) {
    return result ? WG_OK : tell(result.error(), error);
}

/// Nothing may be thrown across a C call; what is thrown here is memory that ran out.
template <class Work>
wg_result guarded(wg_error* error, Work work) noexcept {
    try {
        return work();
    } catch (const std::exception& thrown) {
        if (error != nullptr) {
            copy_text(error->code, codes::internal_error.name);
            copy_text(error->message, thrown.what());
        }
        return WG_RETRY_LATER;
    }
}

Result<ParameterDefinition> to_parameter(const wg_parameter_definition& given) {
    ParameterDefinition parameter;
    parameter.number = ParameterNumber{given.number};
    parameter.name = given.name != nullptr ? given.name : "";
    parameter.type = static_cast<ParameterType>(given.type);
    if (given.resolution != nullptr) {
        const auto resolution = Resolution::parse(given.resolution);
        if (!resolution) return failed(resolution);
        parameter.resolution = *resolution;
    }
    parameter.deadband = given.deadband;
    parameter.min_interval = std::chrono::milliseconds{given.min_interval_ms};
    if (given.max_interval_ms > 0) parameter.max_interval = std::chrono::milliseconds{given.max_interval_ms};
    for (std::size_t i = 0; i < given.label_count; ++i) parameter.labels.emplace_back(given.labels[i]);
    const bool good =
        given.number > 0 && !parameter.name.empty() && given.type >= WG_NUMBER && given.type <= WG_TEXT;
    if (!good)
        return failed(
            Failure{codes::invalid_argument, Next::give_up, "A parameter is not well defined.", {}});
    return parameter;
}

Result<std::optional<security::HttpProxy>> to_proxy(const char* host, std::uint16_t port) {
    if (host == nullptr) return std::optional<security::HttpProxy>{};
    if (*host == '\0' || port == 0) {
        return failed(
            Failure{codes::invalid_argument, Next::give_up, "A proxy needs a host and a port.", {}});
    }
    security::HttpProxy proxy;
    proxy.host = host;
    proxy.port = port;
    return std::optional{std::move(proxy)};
}

/// What a caller built with an older header did not know is zero.
wg_options complete(const wg_options& given) {
    wg_options options{};
    std::memcpy(&options, &given, std::min(given.size, sizeof options));
    return options;
}

Result<device::Options> to_options(const wg_options& given) {
    device::Options options;
    options.directory = given.directory;
    options.dictionary.name = given.dictionary;
    options.dictionary.version = given.dictionary_version;
    for (std::size_t i = 0; i < given.parameter_count; ++i) {
        auto parameter = to_parameter(given.parameters[i]);
        if (!parameter) return failed(parameter);
        options.dictionary.parameters.push_back(std::move(*parameter));
    }
    auto& parameters = options.dictionary.parameters;
    std::sort(parameters.begin(), parameters.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    const auto twice = std::adjacent_find(parameters.begin(), parameters.end(),
                                          [](const auto& a, const auto& b) { return a.number == b.number; });
    if (twice != parameters.end()) {
        return failed(Failure{codes::invalid_argument, Next::give_up, "Two parameters have one number.", {}});
    }
    for (std::size_t i = 0; i < given.alarm_count; ++i) {
        options.dictionary.alarms.push_back({static_cast<std::uint32_t>(i + 1), given.alarms[i], {}});
    }
    if (given.software != nullptr) options.software = given.software;
    if (given.journal_bytes > 0) options.journal_bytes = given.journal_bytes;
    if (given.flush_interval_ms > 0)
        options.telemetry.flush_interval = std::chrono::milliseconds{given.flush_interval_ms};
    if (given.sync_interval_ms > 0)
        options.telemetry.sync_interval = std::chrono::milliseconds{given.sync_interval_ms};
    auto proxy = to_proxy(given.proxy_host, given.proxy_port);
    if (!proxy) return failed(proxy);
    options.proxy = std::move(*proxy);
    return options;
}

wg_result set(wg_device* device, std::uint32_t parameter, Value value, std::optional<WallTime> at,
              wg_error* error) {
    if (device == nullptr) return refuse("The device is NULL.", error);
    const ParameterNumber number{parameter};
    return answer(at ? device->device->set(number, value, *at) : device->device->set(number, value), error);
}

}  // namespace

extern "C" {

const char* wg_version(void) { return product_version.data(); }

wg_result wg_enroll(const char* ticket, const char* directory, wg_error* error) {
    if (ticket == nullptr || directory == nullptr) return refuse("An argument is NULL.", error);
    return guarded(error, [&] {
        return answer(device::enroll(ticket, {directory, std::nullopt, false}), error);
    });
}

wg_result wg_enroll_through(const char* ticket, const char* directory, const char* proxy_host,
                            std::uint16_t proxy_port, wg_error* error) {
    if (ticket == nullptr || directory == nullptr) return refuse("An argument is NULL.", error);
    return guarded(error, [&] {
        auto proxy = to_proxy(proxy_host, proxy_port);
        if (!proxy) return tell(proxy.error(), error);
        return answer(device::enroll(ticket, {directory, std::move(*proxy), false}), error);
    });
}

wg_result wg_open(const wg_options* options, wg_device** device, wg_error* error) {
    if (device != nullptr) *device = nullptr;
    if (options == nullptr || device == nullptr || options->size < offsetof(wg_options, proxy_host) ||
        options->directory == nullptr || options->dictionary == nullptr) {
        return refuse("Options are incomplete.", error);
    }
    return guarded(error, [&] {
        auto made = to_options(complete(*options));
        if (!made) return tell(made.error(), error);
        auto opened = device::Device::open(*made);
        if (!opened) return tell(opened.error(), error);
        *device = new wg_device{std::move(*opened)};
        return WG_OK;
    });
}

wg_result wg_close(wg_device* device, std::int64_t patience_ms, wg_error* error) {
    if (device == nullptr) return WG_OK;
    const std::unique_ptr<wg_device> owned{device};
    return guarded(
        error, [&] { return answer(owned->device->close(std::chrono::milliseconds{patience_ms}), error); });
}

std::uint32_t wg_parameter(const wg_device* device, const char* name) {
    if (device == nullptr || name == nullptr) return 0;
    const ParameterDefinition* parameter = device->device->dictionary().find(std::string_view{name});
    return parameter != nullptr ? parameter->number.value() : 0;
}

wg_result wg_set(wg_device* device, std::uint32_t parameter, double value, wg_error* error) {
    return guarded(error, [&] { return set(device, parameter, value, std::nullopt, error); });
}

wg_result wg_set_at(wg_device* device, std::uint32_t parameter, double value, std::int64_t at_us,
                    wg_error* error) {
    return guarded(error, [&] { return set(device, parameter, value, WallTime{at_us}, error); });
}

wg_result wg_set_text(wg_device* device, std::uint32_t parameter, const char* value, wg_error* error) {
    if (value == nullptr) return refuse("The value is NULL.", error);
    return guarded(error, [&] { return set(device, parameter, std::string{value}, std::nullopt, error); });
}

wg_result wg_set_text_at(wg_device* device, std::uint32_t parameter, const char* value, std::int64_t at_us,
                         wg_error* error) {
    if (value == nullptr) return refuse("The value is NULL.", error);
    return guarded(error, [&] { return set(device, parameter, std::string{value}, WallTime{at_us}, error); });
}

wg_result wg_raise(wg_device* device, const char* alarm, const char* text, wg_error* error) {
    if (device == nullptr || alarm == nullptr) return refuse("An argument is NULL.", error);
    return guarded(error,
                   [&] { return answer(device->device->raise(alarm, text != nullptr ? text : ""), error); });
}

wg_result wg_clear(wg_device* device, const char* alarm, const char* text, wg_error* error) {
    if (device == nullptr || alarm == nullptr) return refuse("An argument is NULL.", error);
    return guarded(error,
                   [&] { return answer(device->device->clear(alarm, text != nullptr ? text : ""), error); });
}

wg_result wg_get_link_status(const wg_device* device, wg_link_status* status) {
    if (device == nullptr || status == nullptr || status->size < sizeof(wg_link_status)) return WG_INVALID;
    return guarded(nullptr, [&] {
        const device::LinkStatus now = device->device->link_status();
        status->connected = now.connected ? 1 : 0;
        status->backlog = now.backlog;
        status->recorded = now.recorded;
        status->dropped = now.dropped;
        status->bytes_on_disk = now.bytes_on_disk;
        status->oldest_unstored_us = now.oldest_unstored ? now.oldest_unstored->us : 0;
        status->last_stored_us = now.last_stored ? now.last_stored->us : 0;
        copy_text(status->device, now.device);
        return WG_OK;
    });
}

void wg_flush(wg_device* device) {
    if (device == nullptr) return;
    (void)guarded(nullptr, [&] { return device->device->flush(), WG_OK; });
}

wg_result wg_drain(wg_device* device, std::int64_t patience_ms, wg_error* error) {
    if (device == nullptr) return refuse("The device is NULL.", error);
    return guarded(
        error, [&] { return answer(device->device->drain(std::chrono::milliseconds{patience_ms}), error); });
}

}  // extern "C"
