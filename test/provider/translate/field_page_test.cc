#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "provider/translate/field_table.h"

namespace vk::translate {
namespace {

TEST(FieldPageTest, ReferencePageHasTheTableThatTheProgramGoesBy) {
  const std::string table = FieldsAsMarkdown();
  const std::string copy = testing::TempDir() + "fields.md";
  std::ofstream(copy) << table;
  std::ostringstream page;
  page << std::ifstream("docs/reference/pod-support.md").rdbuf();

  EXPECT_THAT(page.str(), testing::HasSubstr(table))
      << "put the table of " << copy << " into docs/reference/pod-support.md";
}

}  // namespace
}  // namespace vk::translate
