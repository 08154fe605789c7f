"""Every rule must refuse what it is for: small bad trees, and their good twins."""

import unittest

import cases
import layers
import rules
from tree import Tree

HEADER = "// What it is for.\n#pragma once\n"


def findings(rule, files: dict[str, str]) -> list[str]:
    return [str(finding) for finding in rule(Tree(files))]


class Rule(unittest.TestCase):
    def refuses(self, rule, place: str, files: dict[str, str]):
        found = findings(rule, files)
        self.assertTrue(any(line.startswith(place) for line in found), f"{place} not in {found}")

    def accepts(self, rule, files: dict[str, str]):
        self.assertEqual(findings(rule, files), [])


class Layers(Rule):
    def including(self, includer: str, included: str) -> dict[str, str]:
        return {includer: f'// A comment.\n#include "{included}"\n', included: HEADER}

    def test_every_upward_include_of_the_table_is_refused_and_every_downward_one_accepted(self):
        def a_file_of(name):
            return name if name.endswith(".hpp") else f"{name}/own/x.hpp"

        ranked = [(rank, name) for rank, names in enumerate(layers.LAYERS) for name in names]
        for rank, name in ranked:
            for other_rank, other in ranked:
                with self.subTest(includer=name, included=other):
                    files = self.including(a_file_of(name), a_file_of(other))
                    if name == other or other_rank < rank:
                        self.accepts(layers.check_layers, files)
                    else:
                        self.refuses(layers.check_layers, f"{a_file_of(name)}:2:", files)

    def test_siblings_do_not_include_each_other(self):
        self.refuses(layers.check_layers, "gossip/a.cpp:2:", self.including("gossip/a.cpp", "sync/b.hpp"))

    def test_a_folder_may_include_its_own_subfolder(self):
        self.accepts(layers.check_layers, self.including("discovery/a.cpp", "discovery/nat/b.hpp"))

    def test_a_unit_test_sees_what_its_folder_sees(self):
        test = "tests/unit/codec/wire/rlp_test.cpp"
        self.accepts(layers.check_layers, self.including(test, "codec/base/bytes.hpp"))
        self.accepts(layers.check_layers, self.including(test, "codec/wire/rlp.hpp"))
        self.accepts(layers.check_layers, self.including(test, "tests/support/vectors.hpp"))
        self.accepts(layers.check_layers, self.including(test, "tests/unit/codec/wire/samples.hpp"))
        self.refuses(layers.check_layers, test, self.including(test, "engine/driver/driver.hpp"))
        self.refuses(layers.check_layers, test, self.including(test, "tests/unit/gossip/samples.hpp"))

    def test_a_folder_without_a_place_is_refused(self):
        self.refuses(layers.check_layers, "util/strings.hpp:1:", {"util/strings.hpp": HEADER})

    def test_an_include_in_a_comment_is_none(self):
        self.accepts(layers.check_layers, {
            "gossip/a.cpp": '// #include "sync/b.hpp"\n/*\n#include "sync/b.hpp"\n*/\n',
            "sync/b.hpp": HEADER})


class IncludeStyle(Rule):
    def test_ours_are_root_relative_and_in_quotes(self):
        rule = rules.check_include_style
        own = {"gossip/a.hpp": HEADER}
        self.refuses(rule, "gossip/a.cpp:1:", own | {"gossip/a.cpp": '#include "a.hpp"\n'})
        self.refuses(rule, "gossip/a.cpp:1:", own | {"gossip/a.cpp": "#include <gossip/a.hpp>\n"})
        self.accepts(rule, own | {"gossip/a.cpp": '#include "gossip/a.hpp"\n#include <vector>\n'})
        self.accepts(rule, {"gossip/b.hpp.in": "", "gossip/a.cpp": '#include "gossip/b.hpp"\n'})


class StandardHeaders(Rule):
    def test_a_name_comes_from_its_header(self):
        rule, use = rules.check_standard_headers, "int x = std::min(1, 2);\n"
        self.refuses(rule, "gossip/a.cpp:1:", {"gossip/a.cpp": use})
        self.accepts(rule, {"gossip/a.cpp": "#include <algorithm>\n" + use})
        self.accepts(rule, {"gossip/a.cpp": use, "gossip/a.hpp": HEADER + "#include <algorithm>\n"})
        self.refuses(rule, "gossip/a.cpp:1:", {"gossip/a.cpp": use, "gossip/b.hpp": "#include <algorithm>\n"})
        self.accepts(rule, {"gossip/a.cpp": "std::minimum x;\n"})


class UringDoor(Rule):
    def test_one_meson_build_names_liburing(self):
        line = "uring = dependency('liburing')\n"
        self.refuses(rules.check_uring_door, "engine/log/meson.build:1:", {"engine/log/meson.build": line})
        self.accepts(rules.check_uring_door, {"engine/uring/meson.build": line})
        self.accepts(rules.check_uring_door, {"engine/meson.build": "# not liburing\nsubdir('uring')\n"})

    def test_one_folder_includes_it(self):
        line = "#include <liburing.h>\n"
        self.refuses(rules.check_uring_door, "bench/a.cpp:1:", {"bench/a.cpp": line})
        self.accepts(rules.check_uring_door, {"engine/uring/ring.cpp": line})


class LibcryptoDoor(Rule):
    def test_one_meson_build_names_it(self):
        rule, line = rules.check_libcrypto_door, "x = dependency('libcrypto')\n"
        self.refuses(rule, "engine/transport/meson.build:1:", {"engine/transport/meson.build": line})
        self.accepts(rule, {"codec/crypto/meson.build": line})
        self.accepts(rule, {"tools/meson.build": "if libcrypto.found()\nendif\n"})

    def test_its_headers_stay_in_files_of_one_folder(self):
        rule, line = rules.check_libcrypto_door, "#include <openssl/evp.h>\n"
        self.accepts(rule, {"codec/crypto/a.cpp": line, "bench/micro/codec/crypto/a_bench.cpp": line})
        self.refuses(rule, "engine/transport/a.cpp:1:", {"engine/transport/a.cpp": line})
        self.refuses(rule, "tests/unit/codec/crypto/a.cpp:1:", {"tests/unit/codec/crypto/a.cpp": line})
        self.refuses(rule, "codec/crypto/a.hpp:3:", {"codec/crypto/a.hpp": HEADER + line})

    def test_wolfssl_is_in_other_files(self):
        rule, line = rules.check_libcrypto_door, "#include <wolfssl/options.h>\n"
        self.accepts(rule, {"engine/transport/tls.cpp": line})
        self.refuses(rule, "engine/transport/tls.hpp:3:", {"engine/transport/tls.hpp": HEADER + line})
        both = "#include <openssl/evp.h>\n" + line
        self.refuses(rule, "codec/crypto/a.cpp:2:", {"codec/crypto/a.cpp": both})


class SeededTls(Rule):
    def test_it_is_for_simulated_nodes_and_tests(self):
        rule, line = rules.check_seeded_tls, '#include "engine/transport/tls_seeded_random.hpp"\n'
        for path in ("engine/node/shard.cpp", "engine/transport/tls_context.cpp", "tools/command/run.cpp",
                     "engine/api/ringwire.cpp", "bench/macro/a.cpp"):
            self.refuses(rule, f"{path}:1:", {path: line})
        for path in ("engine/node/stepped/sim_node.hpp", "engine/transport/tls_seeded_random.cpp",
                     "tests/unit/engine/transport/a_test.cpp"):
            self.accepts(rule, {path: line})

    def test_who_links_it_is_known(self):
        rule, line = rules.check_seeded_tls, "dependencies: [node, transport_seeded]\n"
        self.refuses(rule, "engine/node/meson.build:1:", {"engine/node/meson.build": line})
        self.accepts(rule, {"engine/node/stepped/meson.build": line, "engine/transport/meson.build": line})


class ApiIsVocabulary(Rule):
    def test_it_includes_codec_base_only(self):
        rule, path = rules.check_api_is_vocabulary, "engine/api/config.hpp"
        self.refuses(rule, f"{path}:3:", {path: HEADER + '#include "codec/wire/rlp.hpp"\n'})
        self.accepts(rule, {path: HEADER + '#include <string>\n#include "codec/base/endpoint.hpp"\n'})


class Copies(Rule):
    def test_every_copying_call_is_refused_on_the_data_path(self):
        for call in ("memcpy", "std::memcpy", "memmove", "bcopy", "mempcpy", "__builtin_memmove",
                     "__builtin_memcpy"):
            for folder in ("codec/wire", "discovery", "gossip", "sync", "engine/session"):
                with self.subTest(call=call, folder=folder):
                    self.refuses(rules.check_copies, f"{folder}/a.cpp:2:",
                                 {f"{folder}/a.cpp": f"void f() {{\n  {call}(to, from, 3);\n}}\n"})

    def test_the_one_copying_function_and_integer_loads_are_where_they_belong(self):
        self.accepts(rules.check_copies, {"codec/base/copy.cpp": "std::memcpy(a, b, n);\n"})
        self.accepts(rules.check_copies, {"codec/base/bytes.hpp": "__builtin_memcpy(a, b, sizeof a);\n"})
        self.refuses(rules.check_copies, "codec/base/bytes.hpp:1:", {"codec/base/bytes.hpp": "bcopy(a, b)"})

    def test_words_in_comments_and_strings_are_not_calls(self):
        self.accepts(rules.check_copies, {
            "gossip/a.cpp": '// memcpy(\nconst char* a = "memcpy(";\n/* memmove */ auto b = R"(bcopy(x))";'})
        self.accepts(rules.check_copies, {"tools/a.cpp": "memcpy(a, b, n);\n"})


class Purity(Rule):
    def test_protocols_reach_for_nothing(self):
        for line in ("#include <thread>", "#include <mutex>", "#include <sys/socket.h>",
                     "#include <unistd.h>", "#include <random>", "#include <fstream>",
                     "auto t = std::chrono::steady_clock::now();",
                     "int r = rand();", "std::random_device{}();"):
            for folder in ("codec/wire", "discovery/nat", "gossip", "sync", "engine/session"):
                with self.subTest(line=line, folder=folder):
                    self.refuses(rules.check_purity, f"{folder}/a.cpp:1:", {f"{folder}/a.cpp": line + "\n"})

    def test_the_engine_may(self):
        self.accepts(rules.check_purity, {"engine/shard/a.cpp": "#include <thread>\n"})
        self.accepts(rules.check_purity, {"gossip/a.cpp": "#include <chrono>\nint operand(int);\n"})


class Namespaces(Rule):
    def test_the_namespace_is_the_last_folder(self):
        def opened(path, namespace):
            return {path: f"namespace {namespace} {{\nnamespace {{\n}}\n}}\n"}

        rule = rules.check_namespaces
        self.accepts(rule, opened("codec/base/a.hpp", "ringwire"))
        self.accepts(rule, opened("discovery/nat/a.hpp", "ringwire::nat"))
        self.accepts(rule, opened("gossip/a.hpp", "ringwire::gossip::detail"))
        self.accepts(rule, opened("bench/compare/a.cpp", "ringwire::compare"))
        self.refuses(rule, "gossip/a.hpp:1:", opened("gossip/a.hpp", "ringwire"))
        self.refuses(rule, "gossip/a.hpp:1:", opened("gossip/a.hpp", "ringwire::sync"))
        self.refuses(rule, "gossip/a.cpp:1:", {"gossip/a.cpp": "int value;\n"})
        self.accepts(rule, {"tools/command/main.cpp": "int main(int, char**) { return 0; }\n"})


class HeaderStart(Rule):
    def test_comment_then_pragma_once(self):
        rule = rules.check_header_start
        self.accepts(rule, {"gossip/a.hpp": HEADER})
        self.refuses(rule, "gossip/a.hpp:1:", {"gossip/a.hpp": "#pragma once\n"})
        self.refuses(rule, "gossip/a.hpp:1:", {"gossip/a.hpp": "// Text.\n#include <vector>\n#pragma once\n"})


class Words(Rule):
    def test_notes_to_ourselves_and_paths_of_a_machine(self):
        for text in ("TO" + "DO", "FIX" + "ME", "/ho" + "me/me/a", "see /wo" + "rk/x", '"/ro' + 'ot/.cache"'):
            with self.subTest(text=text):
                self.refuses(rules.check_words, "README.md:2:", {"README.md": f"Text.\n{text}\n"})
        self.accepts(rules.check_words, {"README.md": "https://a.org/ho" + "me/x and src/wo" + "rk/y\n"})


class Lines(Rule):
    def test_length_tabs_and_ends(self):
        rule = rules.check_lines
        self.accepts(rule, {"a/b.cpp": "x" * 110 + "\n"})
        self.refuses(rule, "a/b.cpp:1:", {"a/b.cpp": "x" * 111 + "\n"})
        self.refuses(rule, "a/b.py:1:", {"a/b.py": "\tx\n"})
        self.refuses(rule, "a/b.md:1:", {"a/b.md": "x \n"})
        self.refuses(rule, "a/b.md:1:", {"a/b.md": "x"})
        self.refuses(rule, "a/b.md:3:", {"a/b.md": "x\n\n"})


class Readmes(Rule):
    def test_each_folder_with_code_explains_itself(self):
        files = {"gossip/README.md": "x\n", "engine/README.md": "x\n", "engine/shard/a.cpp": "x\n"}
        self.refuses(rules.check_readmes, "engine/shard:1:", files)
        self.accepts(rules.check_readmes, files | {"engine/shard/README.md": "x\n"})


class Links(Rule):
    def test_they_lead_somewhere(self):
        files = {"a/README.md": "[b](b.hpp) [c](../c/) [d](https://d.org/x)\n", "a/b.hpp": "", "c/x.md": ""}
        self.accepts(rules.check_links, files)
        self.refuses(rules.check_links, "a/README.md:2:", {"a/README.md": "\n[b](../a/b.hpp)\n"})


class EverythingIsBuilt(Rule):
    def test_a_file_that_no_meson_build_names_is_dead(self):
        rule = rules.check_everything_is_built
        self.accepts(rule, {"gossip/a.cpp": "", "gossip/meson.build": "lib('a.cpp')\n"})
        self.accepts(rule, {"tests/fuzz/a.cpp": "", "tests/fuzz/meson.build": "foreach name : ['a']\n"})
        self.accepts(rule, {"bench/codec/a.cpp": "", "bench/meson.build": "exe('codec/a.cpp')\n"})
        self.refuses(rule, "gossip/a.cpp:1:", {"gossip/a.cpp": "", "gossip/meson.build": "lib('ba.cpp')\n"})
        self.refuses(rule, "gossip/a.cpp:1:", {"gossip/a.cpp": "", "sync/meson.build": "lib('a.cpp')\n"})


class Packages(Rule):
    def test_the_list_and_the_build_agree(self):
        rule, heading = rules.check_packages, "# part ...\n"
        files = {"tools/packages": heading + "build libx-dev x-devel x libx\nbuild g++ g++ g++ -\n"}
        self.accepts(rule, files | {"a/meson.build": "x = dependency('libx', version: '>=1')\n"})
        self.accepts(rule, files | {"a/meson.build": "[dependency('libx'), dependency('threads')]\n"})
        self.refuses(rule, "tools/packages:2:", files | {"a/meson.build": "# dependency('libx')\n"})
        self.refuses(rule, "a/meson.build:1:", files | {"a/meson.build": "y = dependency('liby')\n"})


class EveryRule(unittest.TestCase):
    def test_has_a_bad_tree_of_its_own(self):
        tested = {name for case in Rule.__subclasses__() for name in [case.__name__.lower()]}
        for rule in rules.RULES:
            self.assertIn(rule.__name__.removeprefix("check_").replace("_", ""), tested)
            self.assertTrue(rule.__doc__)


if __name__ == "__main__":
    cases.main()
