// SPDX-License-Identifier: Apache-2.0
#include "libs/http/message.h"

namespace watchglass::http {

std::string Request::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_case_name) return value;
    }
    return {};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

Response ok(const json::Value& body) { return text(200, "application/json", body.dump()); }

Response created(const json::Value& body, std::string location) {
    Response response = text(201, "application/json", body.dump());
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

Response no_content() {
    Response response;
    response.status = 204;
    return response;
}

Response text(int status, std::string_view content_type, std::string body) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", content_type);
    response.body = std::move(body);
    return response;
}

Response event_stream(std::function<void(std::shared_ptr<EventStream>)> on_open) {
    Response response;
    response.headers.emplace_back("Content-Type", "text/event-stream");
    response.events = std::move(on_open);
    return response;
}

}  // namespace watchglass::http
