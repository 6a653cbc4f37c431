// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// Why the platform refuses to register, enroll or administer. Statuses are in api/answers.cpp.
namespace watchglass::provisioning::codes {

inline constexpr Code ticket_unknown{"enroll.ticket_unknown",
                                     "The platform does not know this enrollment ticket.",
                                     "Ask for a new ticket: watchglass device ticket DEVICE."};
inline constexpr Code ticket_expired{"enroll.ticket_expired", "This enrollment ticket is no longer valid.",
                                     "Ask for a new ticket: watchglass device ticket DEVICE."};
inline constexpr Code ticket_spent{"enroll.ticket_spent",
                                   "This enrollment ticket was already used with another key.",
                                   "Ask for a new ticket: watchglass device ticket DEVICE."};
inline constexpr Code key_in_use{"enroll.key_in_use", "Another device already has this public key.",
                                 "Make a new key on this instrument and try again."};
inline constexpr Code device_not_admitted{"enroll.device_not_admitted",
                                          "This device may not enroll in its present state.",
                                          "Ask an operator: watchglass device show DEVICE tells the state."};
inline constexpr Code broker_behind{"enroll.broker_behind",
                                    "The certificate is issued, but the broker does not know it yet.",
                                    "Send the same request again shortly; it gives the same certificate."};
inline constexpr Code too_many_failures{
    "enroll.too_many_failures", "Too many requests of this address or with this certificate were refused.",
    "Wait a minute, read why the earlier ones were refused, and try again."};
inline constexpr Code renewal_needs_certificate{
    "renew.certificate_required", "A renewal needs the device's present certificate.",
    "Connect with the device's certificate and key; without one, enroll with a ticket."};
inline constexpr Code certificate_not_verified{
    "renew.certificate_not_verified", "The client certificate did not stand the test of the front door.",
    "Connect with the certificate that this platform issued; without one, enroll with a ticket."};
inline constexpr Code certificate_unknown{
    "renew.certificate_unknown", "This certificate was never issued to a device of this platform.",
    "Connect with the certificate that this platform issued; without one, enroll with a ticket."};
inline constexpr Code certificate_revoked{
    "renew.certificate_revoked", "This certificate is revoked.",
    "Renew with the device's newest certificate, or ask for a ticket: watchglass device ticket DEVICE."};
inline constexpr Code certificate_not_yet_valid{"renew.not_yet_valid", "This certificate is not valid yet.",
                                                "Wait for its first day, or renew with another."};
inline constexpr Code renewal_too_late{"renew.too_late", "This certificate ended too long ago to be renewed.",
                                       "Ask for a new ticket: watchglass device ticket DEVICE."};
inline constexpr Code key_not_new{"renew.key_not_new", "This key has had a certificate before.",
                                  "Make a new key on this instrument and try again."};
inline constexpr Code est_ticket_required{
    "est.ticket_required", "Enrolling needs an enrollment ticket.",
    "Send HTTP Basic credentials: any user, and the ticket's secret (32 hexadecimal digits) as password."};
inline constexpr Code est_malformed_body{"est.malformed_body", "The body is not Base64.",
                                         "Send the request's DER as Base64, without BEGIN and END lines."};
inline constexpr Code est_unknown_label{"est.unknown_label",
                                        "There is no certificate authority of that name.",
                                        "Leave the label out: /.well-known/est/simpleenroll."};
inline constexpr Code issuing_refused{"issue.refused", "The certificate would not be as its profile demands.",
                                      "Report this with the request id; nothing was issued."};
inline constexpr Code signer_away{"issue.signer_away", "The signing service did not answer.",
                                  "Try again shortly; if it persists, look at watchglass-signerd's log."};
inline constexpr Code not_authenticated{
    "auth.certificate_required", "This needs an operator's client certificate.",
    "Connect with the certificate and key that an administrator gave you."};
inline constexpr Code certificate_not_good{"auth.certificate_not_good",
                                           "The client certificate is expired or not valid.",
                                           "Get a new operator certificate from an administrator."};
inline constexpr Code unknown_operator{
    "auth.unknown_operator", "No operator is registered with this certificate.",
    "Have it registered: watchglass-provisiond --add-operator NAME --role ROLE "
    "--certificate FILE."};
inline constexpr Code not_allowed{"auth.not_allowed", "Your role does not allow this.",
                                  "Ask an administrator to do it, or to give you another role."};
inline constexpr Code unknown_role{"auth.unknown_role", "There is no such role.",
                                   "Use admin, service or reader."};
inline constexpr Code unknown_tenant{"registry.unknown_tenant", "There is no tenant by that name.",
                                     "Check the spelling of the tenant's name."};
inline constexpr Code unknown_device{"registry.unknown_device", "There is no such device.",
                                     "Check the device id, or list the devices."};
inline constexpr Code device_closed{"registry.device_closed", "This device is revoked or retired.",
                                    "Register the instrument anew."};
inline constexpr Code changed_meanwhile{"registry.changed_meanwhile",
                                        "The device is not as it was when you looked at it.",
                                        "Get the device again, and repeat the request with its new ETag."};
inline constexpr Code no_revocation_list{"registry.no_revocation_list",
                                         "No certificate revocation list was made yet.",
                                         "Try again shortly; if it persists, look at the logs of "
                                         "watchglass-provisiond and watchglass-signerd."};
inline constexpr Code already_registered{"registry.already_registered",
                                         "This instrument is registered already.",
                                         "Make a ticket for that device: watchglass device ticket DEVICE. An "
                                         "instrument that changes hands is retired there "
                                         "first."};
inline constexpr Code unknown_dictionary{
    "registry.unknown_dictionary", "No dictionary of that name is installed.",
    "See watchglass dictionary list, or install it: watchglass dictionary add FILE."};
inline constexpr Code bad_field{"registry.bad_field", "A field of the request is missing or not acceptable.",
                                "Correct the field and send the request again."};
inline constexpr Code bad_cursor{"registry.bad_cursor", "The cursor does not come from this listing.",
                                 "Start without a cursor and follow `next`."};
inline constexpr Code key_reused{"registry.idempotency_key_reused",
                                 "This Idempotency-Key came with another request before.",
                                 "Use a new key for a new request."};
inline constexpr Code wrong_content_type{"registry.wrong_content_type",
                                         "The body's content type is not the expected one.",
                                         "Send the content type that the API description names."};

}  // namespace watchglass::provisioning::codes
