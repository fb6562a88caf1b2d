// docs/reference/faults.md names tests, metrics and events; each has to exist.

#include <gmock/gmock.h>

#include "test/docs/page.h"

namespace vk::docs {
namespace {

constexpr char kPage[] = "docs/reference/faults.md";

// All that stands in backticks on the page and fits a form.
std::set<std::string> Named(const std::regex& form) {
  const std::string text = ReadText(kPage);
  std::set<std::string> names;
  static const std::regex kQuoted("`([^`]+)`");
  for (std::sregex_iterator match(text.begin(), text.end(), kQuoted), end; match != end; ++match) {
    if (std::regex_match((*match)[1].str(), form)) names.insert((*match)[1].str());
  }
  return names;
}

TEST(FaultsPageTest, EveryTestItNamesExists) {
  std::set<std::string> tests;
  const std::string test_of = R"re(TEST(?:_F|_P)?\(\s*(\w+,\s*\w+)\))re";
  for (std::string test : FindInSources({"test"}, std::regex(test_of))) {
    const std::size_t comma = test.find(',');
    tests.insert(test.substr(0, comma) + "." + test.substr(test.find_first_not_of(", \n", comma)));
  }

  const std::set<std::string> named = Named(std::regex(R"re(\w+Test\.\w+)re"));
  EXPECT_GT(named.size(), 20u);
  for (const std::string& test : named)
    EXPECT_TRUE(tests.contains(test)) << kPage << " names " << test;
}

TEST(FaultsPageTest, EveryMetricItNamesHasItsRow) {
  const std::set<std::string> metrics = Names(ReadRows("docs/reference/metrics.md", ""));
  const std::set<std::string> named = Named(std::regex(R"re((?:virtual_node|eci|kube)_\w+)re"));
  EXPECT_GT(named.size(), 5u);

  for (const std::string& metric : named) EXPECT_TRUE(metrics.contains(metric)) << metric;
}

TEST(FaultsPageTest, EveryFaultHasASignAMetricARecoveryAndATest) {
  for (const auto& [fault, cells] : ReadRows(kPage, "")) {
    ASSERT_EQ(cells.size(), 6u) << fault;
    for (const std::string& cell : cells) EXPECT_NE(cell, "") << fault;
    EXPECT_TRUE(std::regex_search(cells[5], std::regex("`\\w+Test\\.\\w+`"))) << fault;
  }
}

}  // namespace
}  // namespace vk::docs
