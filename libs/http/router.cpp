// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "libs/foundation/log.h"
#include "libs/http/codes.h"
#include "libs/http/problem.h"
#include "libs/http/server.h"

namespace watchglass::http {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    std::size_t begin = path.starts_with('/') ? 1 : 0;
    while (true) {
        const auto end = path.find('/', begin);
        segments.emplace_back(path.substr(begin, end - begin));
        if (end == std::string_view::npos) return segments;
        begin = end + 1;
    }
}

bool is_placeholder(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;

    [[nodiscard]] bool matches(const std::vector<std::string>& path) const {
        if (path.size() != segments.size()) return false;
        for (std::size_t i = 0; i < path.size(); ++i) {
            const bool fits = is_placeholder(segments[i]) ? !path[i].empty() : segments[i] == path[i];
            if (!fits) return false;
        }
        return true;
    }
    [[nodiscard]] auto placeholders() const {
        return std::count_if(segments.begin(), segments.end(), is_placeholder);
    }
};

Response not_found(const Request& request) {
    return problem(404,
                   Failure{codes::no_such_path, Next::give_up, fmt::format("Path: {}.", request.path), {}});
}

Response not_allowed(const std::vector<const Route*>& candidates) {
    std::string allow;
    for (const auto* route : candidates) {
        if (allow.find(route->method) != std::string::npos) continue;
        if (!allow.empty()) allow += ", ";
        allow += route->method;
    }
    Response response = problem(405, Failure{codes::method_not_allowed, Next::give_up, {}, {}});
    response.headers.emplace_back("Allow", std::move(allow));
    return response;
}

Response guarded(const Route& route, const Request& request) {
    std::string what = "an exception of unknown type";
    try {
        return route.handler(request);
    } catch (const std::exception& thrown) {
        what = thrown.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch): `what` says so
    }
    log::error("http.handler_failed", "A request's handler threw.",
               {{"method", request.method},
                {"route", route.pattern},
                {"request_id", request.request_id},
                {"cause", what}});
    return problem(500, Failure{codes::handler_failed, Next::retry_later, {}, {}});
}

}  // namespace

struct Router::State {
    std::vector<Route> routes;
};

Router::Router() : state_(std::make_unique<State>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

Router& Router::add(std::string method, std::string pattern, Handler handler) {
    auto segments = segments_of(pattern);
    state_->routes.push_back(
        {std::move(method), std::move(pattern), std::move(segments), std::move(handler)});
    return *this;
}

Response Router::answer(Request& request) const {
    const auto path = segments_of(request.path);
    std::vector<const Route*> candidates;
    for (const auto& route : state_->routes) {
        if (route.matches(path)) candidates.push_back(&route);
    }
    if (candidates.empty()) return not_found(request);

    // A fixed segment says more than a placeholder: /v1/devices/export before /v1/devices/{device}.
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Route* a, const Route* b) { return a->placeholders() < b->placeholders(); });
    const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view{request.method};
    for (const auto* route : candidates) {
        if (route->method != method) continue;
        request.route = route->pattern;
        for (std::size_t i = 0; i < path.size(); ++i) {
            const std::string_view segment = route->segments[i];
            if (is_placeholder(segment))
                request.path_values[std::string(segment.substr(1, segment.size() - 2))] = path[i];
        }
        return guarded(*route, request);
    }
    return not_allowed(candidates);
}

}  // namespace watchglass::http
