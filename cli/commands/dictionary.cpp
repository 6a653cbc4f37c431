// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/table.h"
#include "libs/foundation/file.h"
#include "libs/http/server_problem.h"

namespace watchglass::cli {

ExitCode dictionary_list(const Context& context) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    auto items = json::Value::array();
    Table table({"NAME", "VERSION", "INSTALLED (UTC)", "DIGEST"});
    const auto read = each_item(*client, "/v1/dictionaries", [&](const json::Value& dictionary) {
        items.push(dictionary);
        table.add({dictionary.text_or("name", ""),
                   fmt::format("{}", dictionary.integer("version").value_or(0)),
                   dictionary.text_or("created_at", ""), dictionary.text_or("digest", "").substr(0, 16)});
        return true;
    });
    if (!read) return report(context, read.error());
    fmt::print("{}", context.json ? items.dump() + "\n" : table.text());
    return ExitCode::done;
}

ExitCode dictionary_add(const Context& context, const std::string& file) {
    const auto text = read_file(file, 1u << 20);
    if (!text) return report(context, text.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/v1/dictionaries";
    request.headers = {{"content-type", "text/plain; charset=utf-8"}};
    request.body = *text;
    const auto response = client->send(request);
    if (!response) return report(context, response.error());
    if (response->status >= 400)
        return report(context, http::failure_of_answer(response->status, response->body));
    const auto answer = json::parse(response->body);
    if (!answer) return report(context, answer.error());
    if (context.json) {
        fmt::print("{}\n", answer->dump());
        return ExitCode::done;
    }
    fmt::print("{} version {} {}.\n", answer->text_or("name", ""), answer->integer("version").value_or(0),
               answer->boolean("was_there").value_or(false) ? "was already installed" : "is installed");
    return ExitCode::done;
}

}  // namespace watchglass::cli
