#include "engine/node/validate.hpp"

#include <gtest/gtest.h>

#include "engine/node/memory_plan.hpp"
#include "engine/session/egress_turn.hpp"
#include "tests/unit/engine/node/stepped.hpp"

namespace ringwire::node {
namespace {

std::vector<std::string> findings_with_total(std::uint64_t total_mb) {
  Config config = small_config(1);
  config.memory.total_mb = total_mb;
  return validate(config);
}

TEST(Validate, ATotalThatIsTooSmallNamesWhatIsNeeded) {
  const auto findings = findings_with_total(1);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].starts_with("memory.total-mb: the parts need ")) << findings[0];
}

TEST(Validate, ATotalBeyondAnyMachineIsRefusedBeforeItIsCounted) {
  EXPECT_TRUE(findings_with_total(1024 * 1024).empty());
  // In bytes these are 0 and 1 MiB more than 2^64.
  for (const std::uint64_t total_mb : {std::uint64_t{1} << 44, (std::uint64_t{1} << 44) + 1}) {
    const auto findings = findings_with_total(total_mb);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].starts_with("memory.total-mb: at most 1048576 ")) << findings[0];
  }
  EXPECT_EQ(findings_with_total(UINT64_MAX).size(), 1U);
}

// What is wrong with these files of TLS; empty where nothing is.
std::string tls_finding(const TlsConfig& tls, bool plaintext = false) {
  Config config = small_config(1);
  config.insecure_plaintext = plaintext;
  config.tls = tls;
  const auto findings = validate(config);
  return findings.empty() ? "" : findings.front().substr(0, findings.front().find(':'));
}

TEST(Validate, TlsNeedsNothingOrACertificateWithItsKey) {
  EXPECT_EQ(tls_finding({}), "");
  EXPECT_EQ(tls_finding({}, true), "");
  EXPECT_EQ(tls_finding({"c", "k", ""}), "");
  EXPECT_EQ(tls_finding({"c", "k", "a"}), "");
  EXPECT_EQ(tls_finding({"c", "", ""}), "tls.certificate");
  EXPECT_EQ(tls_finding({"", "k", ""}), "tls.key");
  EXPECT_EQ(tls_finding({"", "", "a"}), "tls.authorities");
  EXPECT_EQ(tls_finding({"", "", "", 1'000}), "");
  EXPECT_EQ(tls_finding({"", "", "", 999}), "tls.records-per-key");
  EXPECT_EQ(tls_finding({"", "", "", 1'000}, true), "insecure-plaintext");
  for (const TlsConfig& any : {TlsConfig{"c", "k", ""}, TlsConfig{"", "k", ""}, TlsConfig{"", "", "a"}})
    EXPECT_EQ(tls_finding(any, true), "insecure-plaintext");
}

// Its plan has what TLS may take, and a heap that is larger by a round of records.
TEST(Validate, ANodeInPlaintextNeedsLessMemory) {
  Config config = small_config(1);
  const std::uint64_t plain = total(memory_plan(config));
  config.insecure_plaintext = false;
  const std::uint64_t tls = transport::kTlsHandshakesMax * std::uint64_t{transport::kTlsLibraryBytes};
  EXPECT_GT(total(memory_plan(config)), plain + tls + session::kSealedRoundBytes);
}

}  // namespace
}  // namespace ringwire::node
