#include "test/eci_client/api_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "test/eci_client/api_files.h"

namespace vk::eci {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ApiTree TheTree() {
  std::ifstream file("test/data/eci-api-tree.txt");
  std::stringstream text;
  text << file.rdbuf();
  return ParseApiTree(text.str());
}

std::vector<const Descriptor*> Messages() {
  auto messages = MessagesEndingIn(TreeFiles(), "Request");
  const auto replies = MessagesEndingIn(TreeFiles(), "Response");
  messages.insert(messages.end(), replies.begin(), replies.end());
  return messages;
}

// What our messages have beyond the tree: a field of the npm SDK, the token of a next page that a
// request takes and no model answers, and the right spelling of one that the official model spells
// wrong.
const std::set<std::string> kExtra{
    "CreateContainerGroupRequest.OverheadReservationOption",
    "DescribeContainerGroupEventsResponse.NextToken",
    "DescribeContainerGroupStatusResponse.Data.PodStatus.ContainerStatuses.State.Running.StartedAt",
    "DescribeContainerGroupStatusResponse.Data.PodStatus.ContainerStatuses.LastState.Running."
    "StartedAt"};

TEST(ApiTreeTest, EveryMessageHasTheNamesAndTypesOfTheTree) {
  const ApiTree tree = TheTree();
  for (const Descriptor* message : Messages()) {
    const auto entry = tree.find(message->name());
    if (entry == tree.end()) continue;
    EXPECT_THAT(CompareWithTree(*message, entry->second, kExtra), IsEmpty());
  }
}

TEST(ApiTreeTest, EveryCallOfTheTreeHasItsMessages) {
  ApiTree left = TheTree();
  EXPECT_EQ(left.size(), 36 * 2 + 11 * 2 - 1) << "is the tree whole?";
  std::vector<std::string> beyond;
  for (const Descriptor* message : Messages()) {
    if (left.erase(message->name()) == 0) beyond.push_back(message->name());
  }
  for (const auto& [name, unused] : left) ADD_FAILURE() << name << " has no message";
  // The tree stops before the reply of its last call.
  EXPECT_THAT(beyond, ElementsAre("SetProxyPatternResponse"));
}

TEST(ApiTreeTest, ComparisonFindsWrongNamesTypesAndFieldsBothWays) {
  ApiTree tree = ParseApiTree(
      "# Comment: text\n"
      "## HttpGetRequest\n"
      "  Path *: int32\n"
      "  port: int32\n"
      "  Scheme: array of string\n"
      "## ProbeResponseBody\n"
      "  Exec: object\n"
      "    Commands: array of string\n"
      "  TimeoutSeconds: int32\n");
  EXPECT_THAT(CompareWithTree(*v1::HttpGet::descriptor(), tree["HttpGetRequest"], {}),
              ElementsAre("HttpGet.Path: is string, not int32",
                          "HttpGet.Scheme: is string, not array of string", "HttpGet.port: missing",
                          "HttpGet.Port: not in the tree"));
  EXPECT_THAT(CompareWithTree(*v1::Probe::descriptor(), tree["ProbeResponse"],
                              {"Probe.HttpGet", "Probe.TcpSocket", "Probe.InitialDelaySeconds",
                               "Probe.PeriodSeconds", "Probe.SuccessThreshold"}),
              ElementsAre("Probe.Exec.Commands: missing", "Probe.Exec.Command: not in the tree",
                          "Probe.FailureThreshold: not in the tree"));
}

}  // namespace
}  // namespace vk::eci
