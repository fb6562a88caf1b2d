#!/usr/bin/env python3
"""tools/check_architecture finds each kind of violation, in a tree made for it."""

import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/check_architecture")
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("check_architecture", PATH)
check_architecture = importlib.util.module_from_spec(
    importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(check_architecture)


ROOT = os.path.dirname(os.path.dirname(os.path.abspath(PATH)))


class CheckArchitectureTest(unittest.TestCase):
    def check(self, files, check=check_architecture.check):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return list(check(root))

    def assert_found(self, path, text, what):
        problems = self.check({path: "\n" + text + "\n"})
        self.assertEqual(len(problems), 1, problems)
        self.assertTrue(problems[0].startswith(f"{path}:2: "), problems)
        self.assertIn(what, problems[0])

    def assert_fine(self, path, text):
        self.assertEqual(self.check({path: text + "\n"}), [])

    def test_dependency_against_the_arrows_is_found(self):
        for path, header in [
            ("base/clock.h", "eci_client/eci_api.h"),
            ("base/clock.h", "base/http/client.h"),
            ("base/exec_channel/exec_channel.cc", "base/proto_json/proto_json.h"),
            ("base/http/server.cc", "base/exec_channel/exec_channel.h"),
            ("eci_client/query_codec.cc", "provider/kube/kube_api.h"),
            ("provider/kube/reflector.cc", "proto/eci/v1/types.pb.h"),
            ("provider/translate/env.cc", "base/clock.h"),
            ("provider/agent/pod_sync.cc", "base/http/client.h"),
            ("provider/agent/pod_sync.cc", "eci_client/channel/factory.h"),
            ("provider/agent/pod_sync.cc", "provider/kube/http_kube_api.h"),
            ("provider/kubelet_api/logs.cc", "provider/agent/pod_table.h"),
            ("tools/fake_eci/engine/cloud.cc", "base/http/server.h"),
            ("tools/fake_eci/engine/cloud.cc", "tools/fake_eci/open_api/open_api.h"),
            ("tools/fake_eci/engine/group/group_life.cc", "tools/fake_eci/engine/cloud.h"),
            ("tools/fake_eci/engine/group/group_life.cc", "tools/fake_eci/engine/calls/selection.h"),
            ("tools/fake_eci/engine/private_zone/zones.cc", "tools/fake_eci/engine/group/group.h"),
        ]:
            self.assert_found(path, f'#include "{header}"', f"may not know {header}")

    def test_dependency_along_the_arrows_is_fine(self):
        for path, header in [
            ("base/http/client.h", "base/clock.h"),
            ("eci_client/channel/http_channel.cc", "eci_client/eci_api.h"),
            ("provider/agent/pod_sync.cc", "provider/kube/kube_api.h"),
            ("provider/kubelet_api/logs.cc", "provider/agent/pod_access.h"),
            ("provider/kube/testing/fake_kube.cc", "provider/kube/testing/fake_kube.h"),
            ("tools/fake_eci/engine/world.h", "tools/fake_eci/engine/group/group.h"),
            ("tools/fake_eci/engine/calls/create_group.cc", "tools/fake_eci/engine/group/spec.h"),
            ("test/base/clock_test.cc", "provider/kube/testing/fake_kube.h"),
        ]:
            self.assert_fine(path, f'#include "{header}"')

    def test_production_code_that_includes_code_for_tests_is_found(self):
        self.assert_found("provider/agent/a.cc", '#include "provider/kube/testing/fake_kube.h"',
                          "code for tests")
        self.assert_found("base/a.cc", '#include "test/base/manual_clock.h"', "code for tests")
        self.assert_found("provider/agent/a.cc", '#include "tools/fake_eci/engine/cloud.h"',
                          "may not know")

    def test_path_not_from_the_root_is_found(self):
        self.assert_found("base/a.cc", '#include "clock.h"', "not a path from the repository's root")

    def test_heavy_header_in_a_header_is_found(self):
        for header in ["<boost/beast/http.hpp>", "<spdlog/spdlog.h>", "<grpcpp/grpcpp.h>",
                       "<prometheus/counter.h>", "<yaml-cpp/yaml.h>"]:
            self.assert_found("base/a.h", f"#include {header}", "a heavy header")
            self.assert_fine("base/a.cc", f"#include {header}")

    def test_generated_code_in_a_header_is_found_except_in_translate(self):
        include = '#include "proto/kubernetes/core/v1/pod.pb.h"'
        self.assert_found("provider/kube/a.h", include, "generated code in a header")
        self.assert_fine("provider/kube/a.cc", include)
        self.assert_fine("provider/translate/a.h", include)
        self.assert_found("tools/a/a.h", '#include "proto/fake/v1/control.grpc.pb.h"',
                          "generated code in a header")

    def test_fifth_source_with_beast_is_found(self):
        files = {f"base/http/{name}.cc": "#include <boost/beast/core.hpp>\n" for name in "abcde"}
        problems = self.check(files)
        self.assertEqual(len(problems), 1)
        self.assertTrue(
            problems[0].startswith("base/http/e.cc:1: Beast in more than 4 sources"), problems)
        del files["base/http/e.cc"]
        self.assertEqual(self.check(files), [])

    def test_name_that_belongs_elsewhere_is_found(self):
        for line, what in [
            ("boost::asio::co_spawn(executor, Run(), done);", "co_spawn"),
            ("std::this_thread::sleep_for(1s);", "sleeping"),
            ("auto now = std::chrono::steady_clock::now();", "reading a clock"),
            ("auto now = time(nullptr);", "reading a clock"),
            ("int x = rand();", "chance"),
            ("std::random_device device;", "chance"),
            ('const char* home = getenv("HOME");', "the environment"),
            ("for (char** entry = environ; *entry; ++entry) {", "the environment"),
        ]:
            self.assert_found("provider/agent/a.cc", line, what)

    def test_name_where_it_belongs_or_in_a_comment_is_fine(self):
        self.assert_fine("base/task_group.cc", "boost::asio::co_spawn(executor, Run(), done);")
        self.assert_fine("base/asio_clock.cc", "return std::chrono::steady_clock::now();")
        self.assert_fine("provider/config/a.cc", 'getenv("HOME");')
        self.assert_fine("provider/main.cc", "for (char** entry = environ; *entry; ++entry) {")
        self.assert_fine("provider/agent/a.cc", "// never getenv() or rand()")
        self.assert_fine("provider/agent/a.cc", 'Warn("getenv() is not for you");')

    def test_sleep_in_a_test_is_found(self):
        self.assert_found("test/base/a_test.cc", "std::this_thread::sleep_for(1s);", "sleeping")

    def test_folder_without_a_rule_is_found(self):
        problems = self.check({"provider/new/a.cc": "int a;\n"})
        self.assertEqual(len(problems), 1)
        self.assertIn("no rule for this folder", problems[0])

    def test_header_that_only_its_own_source_and_tests_include_is_found(self):
        include = '#include "base/a.h"\n'
        files = {"base/a.h": "", "base/a.cc": include, "test/base/a_test.cc": include}
        problems = self.check(files, check_architecture.unused_headers)
        self.assertEqual(len(problems), 1, problems)
        self.assertTrue(problems[0].startswith("base/a.h:1: "), problems)
        files["base/b.cc"] = include
        self.assertEqual(self.check(files, check_architecture.unused_headers), [])

    def test_each_rule_is_of_a_folder_and_of_names_that_exist(self):
        for folder, entries in check_architecture.MAY_INCLUDE.items():
            for name in [folder] + [entry.removeprefix("-") for entry in entries]:
                self.assertTrue(os.path.exists(os.path.join(ROOT, name)), f"{folder}: {name}")


if __name__ == "__main__":
    unittest.main()
