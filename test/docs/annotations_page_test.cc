// docs/reference/annotations.md against the program's tables, its node, and the reasons its sources
// name.

#include <gmock/gmock.h>

#include "provider/translate/annotations.h"
#include "test/docs/page.h"
#include "test/provider/agent/agent_world.h"

namespace vk::docs {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr char kPage[] = "docs/reference/annotations.md";
constexpr char kMirror[] = "kubernetes.io/config.mirror";

void Join(std::set<std::string> more, std::set<std::string>* all) { all->merge(more); }

TEST(AnnotationsPageTest, EveryAnnotationHasItsRowWithItsValues) {
  Rows rows = ReadRows(kPage, "Read from pods");
  rows.merge(ReadRows(kPage, "Written to pods"));

  std::set<std::string> known{kMirror};
  for (const translate::KnownAnnotation& annotation : translate::KnownAnnotations()) {
    known.insert(annotation.key);
    ASSERT_TRUE(rows.contains(annotation.key)) << annotation.key << " is missing in " << kPage;
    const std::string& values = rows[annotation.key][1];
    for (const std::string& value : annotation.values)
      EXPECT_THAT(values, HasSubstr("`" + value + "`")) << annotation.key;
    if (annotation.most > 0)
      EXPECT_THAT(values, HasSubstr("at most " + std::to_string(annotation.most)))
          << annotation.key;
  }
  EXPECT_EQ(Names(rows), known);
}

TEST(AnnotationsPageTest, NoSourceKnowsAnAnnotationThatHasNoRow) {
  const std::regex key(
      R"re("((?:k8s|[a-z0-9.]+)\.aliyun\.com/[a-z-]+[a-z]|kubernetes\.io/config[a-z.]+)")re");
  std::set<std::string> rows = Names(ReadRows(kPage, "Read from pods"));
  Join(Names(ReadRows(kPage, "Written to pods")), &rows);

  std::set<std::string> used = FindInSources({"provider"}, key);
  const std::string of_caches = ReadText("docs/image-caches.md");
  for (const std::string& name : used) {
    const std::string short_name = name.substr(name.find('/') + 1);
    EXPECT_TRUE(rows.contains(name) || of_caches.find(short_name) != std::string::npos)
        << name << " is missing in " << kPage;
  }
}

TEST(AnnotationsPageTest, EveryEventOfAPodHasItsRow) {
  std::set<std::string> told = FindInSources(
      {"provider/agent"},
      std::regex(R"re(OnPod(?:Once)?\([^;"]*?,\s*(?:true|false),\s*"([A-Za-z]+)")re"));
  Join(FindInSources({"provider/translate"}, std::regex(R"re([{ ]\.reason = "([A-Za-z]+)")re")),
       &told);
  Join(FindInSources({"provider/agent"},
                     std::regex(R"re(\.warning = true,\s*\.reason = "([A-Za-z]+)")re")),
       &told);
  Join(FindInSources({"provider/translate"}, std::regex(R"re(refuse\("([A-Za-z]+)")re")), &told);

  EXPECT_EQ(told, Names(ReadRows(kPage, "Events of pods")));
}

TEST(AnnotationsPageTest, EveryAnnotationAndEventOfServicesHasItsRow) {
  EXPECT_EQ(Names(ReadRows(kPage, "Read from Services")),
            FindInSources({"provider/controllers"},
                          std::regex(R"re("(service\.beta\.kubernetes\.io/[a-z-]+)")re")));
  EXPECT_EQ(Names(ReadRows(kPage, "Events of Services")),
            FindInSources({"provider/controllers"}, std::regex(R"re(\.reason = "([A-Za-z]+)")re")));
}

TEST(AnnotationsPageTest, EveryEventOfTheNodeHasItsRow) {
  std::set<std::string> told =
      FindInSources({"provider"}, std::regex(R"re(OnNode\(\s*(?:true|false),\s*"([A-Za-z]+)")re"));
  Join(FindInSources({"provider"}, std::regex(R"re(WarnOnNode\(\s*"([A-Za-z]+)")re")), &told);

  EXPECT_EQ(told, Names(ReadRows(kPage, "Events of the node")));
}

class NodePageTest : public agent::AgentWorld {};

TEST_F(NodePageTest, EveryConditionTaintAndLabelOfTheNodeHasItsRow) {
  CloudRefuses("", "Forbidden.RAM");
  Start();
  clock_.Advance(5s);
  const auto node = Node();

  std::set<std::string> conditions;
  for (const auto& condition : node.status().conditions()) conditions.insert(condition.type());
  EXPECT_EQ(conditions, Names(ReadRows(kPage, "Conditions of the node")));

  std::set<std::string> taints;
  for (const auto& taint : node.spec().taints()) taints.insert(taint.key());
  taints.erase("node.kubernetes.io/not-ready");  // The API server's own.
  EXPECT_EQ(taints, Names(ReadRows(kPage, "Taints of the node")));

  std::set<std::string> labels;
  for (const auto& [name, value] : node.metadata().labels()) labels.insert(name);
  EXPECT_EQ(labels, Names(ReadRows(kPage, "Labels of the node")));
}

}  // namespace
}  // namespace vk::docs
