#include "codec/base/time.hpp"

#include <gtest/gtest.h>

namespace ringwire {
namespace {

TEST(Time, SumsSaturateInsteadOfWrapping) {
  EXPECT_EQ(Instant{5} + Duration::max(), kNever);
  EXPECT_EQ(kNever + 1s, kNever);
  EXPECT_EQ((Instant{5} + 7ns).ns, 12);
}

TEST(Time, TheDifferenceOfInstantsIsSigned) {
  EXPECT_EQ(Instant{7} - Instant{5}, 2ns);
  EXPECT_EQ(Instant{5} - Instant{7}, -2ns);
}

TEST(Time, MillisecondsNamedByAPeerCannotOverflow) {
  EXPECT_EQ(clamp_millis(1500), 1500ms);
  EXPECT_GT(clamp_millis(UINT64_MAX), 24h * 365 * 200);
  EXPECT_EQ(Instant{INT64_MAX / 2} + clamp_millis(UINT64_MAX), kNever);
}

}  // namespace
}  // namespace ringwire
