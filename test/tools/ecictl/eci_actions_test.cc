#include "tools/ecictl/eci_actions.h"

#include <gmock/gmock.h>
#include <google/protobuf/message.h>

#include "tools/fake_eci/engine/actions.h"

namespace vk::ecictl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(EciActionsTest, EveryCallOfTheApiHasItsMessages) {
  const std::vector<std::string> actions = EciActions();

  EXPECT_EQ(actions.size(), 36u + 11u);
  for (const std::string& action : actions) {
    const EciMessages messages = NewEciMessages(action);
    const std::string request = messages.request->GetTypeName();
    const std::string package =
        action.contains("Zone") || action.contains("Proxy") ? "pvtz" : "eci";
    EXPECT_EQ(request, "vk." + package + ".v1." + action + "Request");
    EXPECT_EQ(messages.reply->GetTypeName(), "vk." + package + ".v1." + action + "Response");
  }
}

TEST(EciActionsTest, KnowsWhatTheFakeServes) {
  for (const fake::Action& action : fake::Actions()) {
    EXPECT_THAT(EciActions(), Contains(std::string(action.name)));
  }
}

TEST(EciActionsTest, UnknownActionHasNoMessages) {
  EXPECT_EQ(NewEciMessages("MakeCoffee").request, nullptr);
  EXPECT_EQ(NewEciMessages("").request, nullptr);
}

TEST(NearNamesTest, FindsWrongLettersAndCaseAndBeginnings) {
  const std::vector<std::string> names = EciActions();

  EXPECT_THAT(NearNames("CreateContainerGruop", names), ElementsAre("CreateContainerGroup"));
  EXPECT_THAT(NearNames("describeregions", names), ElementsAre("DescribeRegions"));
  EXPECT_THAT(NearNames("Exec", names), ElementsAre("ExecContainerCommand"));
}

TEST(NearNamesTest, TellsNearestFirstAndAtMostThree) {
  EXPECT_THAT(NearNames("abcdefgx", {"abcdefgxyz", "abcdefgx1", "abcdefgh", "abcdefg", "zzz"}),
              ElementsAre("abcdefg", "abcdefgh", "abcdefgx1"));
}

TEST(NearNamesTest, TellsNothingForWhatIsFarFromAll) {
  EXPECT_THAT(NearNames("MakeCoffee", EciActions()), IsEmpty());
  EXPECT_THAT(NearNames("", EciActions()), IsEmpty());
}

}  // namespace
}  // namespace vk::ecictl
