#include "base/sorted_by_key.h"

#include <google/protobuf/map.h>
#include <gtest/gtest.h>

#include <string>

namespace vk::base {
namespace {

TEST(SortedByKeyTest, EntriesComeInTheOrderOfTheirKeys) {
  google::protobuf::Map<std::string, int> map;
  for (const int number : {5, 3, 9, 1}) map[std::to_string(number)] = number;

  std::string order;
  for (const auto* entry : SortedByKey(map)) order += entry->first;

  EXPECT_EQ(order, "1359");
}

}  // namespace
}  // namespace vk::base
