#include "tools/command/why_view.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ringwire::command {
namespace {

TEST(WhyView, AsksByIdWhateverNamesTheNode) {
  const std::string key(128, '1');
  const std::string id(64, 'a');
  EXPECT_EQ(subject_asked(id), id);
  EXPECT_EQ(subject_asked("0x" + id), id);
  EXPECT_EQ(subject_asked("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(subject_asked("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(subject_asked("2001:db8::/56"), "2001:db8::");
  for (const char* wrong : {"", "somebody", "abc", "192.0.2.1:30303", "enode://nonsense@1.2.3.4:5"})
    EXPECT_FALSE(subject_asked(wrong)) << wrong;
}

TEST(WhyView, ShowsTheChangesInOrderAndWhatTheyLedTo) {
  const std::string text = why_text(
      R"({"subject":"192.0.2.1","kind":"address","known":true,"score":-12.5,"half_life_seconds":600,)"
      R"("disconnect_at":-20,"ban_at":-50,"trusted":false,"banned_for_seconds":299.2,"bans":1,)"
      R"("changes_total":40,)"
      R"("changes":[{"unix_ms":1700000000000,"seconds_ago":20.0,"reason":"bad_frame","points":-25,)"
      R"("score":-25,)"
      R"("decision":"disconnect"},{"unix_ms":1700000001000,"seconds_ago":19.0,"reason":"invalid_block",)"
      R"("points":-100,"score":-100,"decision":"ban"}]})");
  EXPECT_NE(text.find("address 192.0.2.1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("score now -12.50, halving in 10 min"), std::string::npos) << text;
  EXPECT_NE(text.find("banned, another 4 min 59 s"), std::string::npos) << text;
  EXPECT_NE(text.find("the last 2 of 40 changes:"), std::string::npos) << text;
  EXPECT_NE(text.find("2023-11-14 22:13:20Z"), std::string::npos) << text;
  EXPECT_LT(text.find("bad_frame"), text.find("invalid_block"));
  EXPECT_LT(text.find("disconnect\n"), text.find("ban\n"));
}

TEST(WhyView, SaysWhereNothingIsKnown) {
  const std::string text = why_text(R"({"subject":"192.0.2.1","kind":"address","known":false})");
  EXPECT_NE(text.find("nothing is known"), std::string::npos) << text;
}

TEST(WhyView, RefusesADocumentOfAnotherKind) {
  EXPECT_THROW(why_text("no JSON"), nlohmann::json::exception);
  EXPECT_THROW(why_text("{}"), nlohmann::json::exception);
}

}  // namespace
}  // namespace ringwire::command
