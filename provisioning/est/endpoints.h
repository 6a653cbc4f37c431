// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/message.h"
#include "libs/http/server.h"
#include "provisioning/api/context.h"

/// One function per operation of RFC 7030, each in the file of its name; all under /.well-known/est/.
namespace watchglass::provisioning::est {

http::Response ca_certificates(Context& context, const http::Request& request);  ///< GET cacerts
http::Response simple_enroll(Context& context, const http::Request& request);    ///< POST simpleenroll
http::Response simple_reenroll(Context& context, const http::Request& request);  ///< POST simplereenroll
http::Response csr_attributes(Context& context, const http::Request& request);   ///< GET csrattrs

/// All of them. The context outlives the router.
void add_routes(http::Router& router, Context& context);

}  // namespace watchglass::provisioning::est
