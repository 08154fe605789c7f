#include "engine/node/validate.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ringwire::node
