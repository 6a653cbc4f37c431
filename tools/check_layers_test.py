#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_layers.py can fail, and names the file, the line and the arrow."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import check_layers  # noqa: E402


class Layers(unittest.TestCase):
    def found(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text(text)
            return list(check_layers.complaints(Path(folder)))

    def refused(self, path, include, why):
        found = self.found(path, f"// first line\n#include {include}\n")
        self.assertEqual(len(found), 1, f"{path} was allowed {include}")
        self.assertTrue(found[0].startswith(f"{path}:2: "), found[0])
        self.assertIn(why, found[0])

    def allowed(self, path, include):
        self.assertEqual(self.found(path, f"#include {include}\n"), [])

    def test_an_arrow_of_the_table_is_allowed(self):
        self.allowed("ingest/pipeline/decoder.cpp", '"schemas/codec/decode.h"')
        self.allowed("libs/http/server.cpp", '"libs/security/certificate.h"')
        self.allowed("cli/commands/journal.cpp", '"device-sdk/src/journal/reader.h"')

    def test_services_do_not_include_one_another(self):
        self.refused("ingest/pipeline/decoder.cpp", '"provisioning/api/enroll.h"', "ingest -> provisioning is missing")

    def test_the_device_never_sees_storage(self):
        self.refused("device-sdk/src/journal/journal.cpp", '"storage/postgres/pool.h"', "device-sdk -> storage")
        self.refused("device-sdk/src/client/client.cpp", "<pqxx/pqxx>", "libpqxx")

    def test_foundation_needs_none_of_ours(self):
        self.refused("libs/foundation/log.cpp", '"libs/json/json.h"', "libs/foundation -> libs/json is missing")

    def test_one_header_of_a_folder_can_be_all_that_is_allowed(self):
        self.allowed("schemas/values/frame.h", '"libs/security/digest.h"')
        self.refused("schemas/values/frame.h", '"libs/security/keys.h"', "schemas/values -> libs/security is missing")

    def test_only_main_wires_health_and_tls(self):
        self.allowed("ingest/main.cpp", '"libs/http/server.h"')
        self.refused("ingest/pipeline/committer.cpp", '"libs/http/server.h"', "ingest -> libs/http is missing")

    def test_nothing_includes_tests(self):
        self.refused("storage/postgres/pool.cpp", '"test/support/postgres.h"', "storage -> test is missing")
        self.allowed("test/unit/storage/pool_test.cpp", '"storage/postgres/pool.h"')

    def test_a_library_has_one_door(self):
        self.allowed("libs/security/keys.cpp", "<openssl/evp.h>")
        self.refused("provisioning/issuing/issuer.cpp", "<openssl/evp.h>", "OpenSSL may be included only in libs/security")
        self.allowed("libs/mqtt/paho_session.cpp", "<mqtt/async_client.h>")
        self.refused("libs/mqtt/inbox.cpp", "<mqtt/async_client.h>", "Paho C++")
        self.refused("ingest/pipeline/decoder.cpp", '"schemas/proto/frame.pb.h"', "generated protobuf code")

    def test_public_headers_of_the_sdk_count_as_the_sdk(self):
        self.allowed("device-sdk/examples/hello.cpp", "<watchglass/client.h>")
        self.refused("console/api/devices.cpp", "<watchglass/client.h>", "console -> device-sdk is missing")

    def test_an_unknown_library_is_named(self):
        self.refused("console/api/devices.cpp", "<rapidjson/document.h>", "belongs to no library")

    def test_paths_begin_at_the_top(self):
        self.refused("storage/postgres/pool.cpp", '"../units/unit.h"', "not a path from the top")


if __name__ == "__main__":
    unittest.main()
