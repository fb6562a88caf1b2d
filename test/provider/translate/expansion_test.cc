#include "provider/translate/expansion.h"

#include <gtest/gtest.h>

namespace vk::translate {
namespace {

struct Case {
  std::string_view text;
  std::string_view expanded;
};

class ExpansionTest : public testing::TestWithParam<Case> {};

TEST_P(ExpansionTest, ReferencesAreReplaced) {
  const auto lookup = [](std::string_view name) -> std::optional<std::string> {
    if (name == "A") return "1";
    if (name == "EMPTY") return "";
    if (name == "REF") return "$(A)";
    return std::nullopt;
  };
  EXPECT_EQ(ExpandVariables(GetParam().text, lookup, 100), GetParam().expanded);
}

// As in the tests of third_party/forked/golang/expansion.
INSTANTIATE_TEST_SUITE_P(Texts, ExpansionTest,
                         testing::Values(Case{"", ""}, Case{"plain", "plain"}, Case{"$(A)", "1"},
                                         Case{"x$(A)y$(A)z", "x1y1z"}, Case{"$(EMPTY)", ""},
                                         Case{"$(REF)", "$(A)"}, Case{"$(NONE)", "$(NONE)"},
                                         Case{"$$(A)", "$(A)"}, Case{"$$$(A)", "$1"},
                                         Case{"$$$$(A)", "$$(A)"}, Case{"$", "$"}, Case{"a$", "a$"},
                                         Case{"$A", "$A"}, Case{"$(A", "$(A"},
                                         Case{"$(A$(A)", "$(A$(A)"}, Case{"$()", "$()"},
                                         Case{"$( A)", "$( A)"}, Case{"$(($(A)", "$(($(A)"},
                                         Case{"$\xc3\xa4$(A)",
                                              "$\xc3\xa4"
                                              "1"}));

TEST(LongExpansionTest, TextOfMoreThanTheLimitIsNothing) {
  const auto lookup = [](std::string_view) { return std::string(10, 'x'); };
  EXPECT_EQ(ExpandVariables("$(A)$(A)", lookup, 20), std::string(20, 'x'));
  EXPECT_EQ(ExpandVariables("$(A)$(A)", lookup, 19), std::nullopt);
  EXPECT_EQ(ExpandVariables("$(A)$(A)y", lookup, 20), std::nullopt);
}

}  // namespace
}  // namespace vk::translate
