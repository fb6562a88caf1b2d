#include "provider/translate/field_table.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using google::protobuf::Descriptor;
using testing::ElementsAre;
using testing::IsEmpty;
using Key = std::pair<std::string, std::string>;

std::map<Key, const FieldRule*> RulesByKey() {
  std::map<Key, const FieldRule*> rules;
  for (const FieldRule& rule : FieldRules()) {
    EXPECT_TRUE(rules.emplace(Key(rule.message, rule.field), &rule).second)
        << rule.message << "." << rule.field << " has two rules";
  }
  return rules;
}

// Follows the rules from Pod through the descriptors and notes which are used.
class DescriptorWalk {
 public:
  void Visit(const Descriptor& message, const std::string& exceptions) {
    if (!visited_.emplace(message.name(), exceptions).second) return;
    for (int i = 0; i < message.field_count(); ++i) {
      const auto& field = *message.field(i);
      const FieldRule* special = Use(exceptions, field.name());
      const FieldRule* general = Use(message.name(), field.name());
      EXPECT_NE(general, nullptr) << message.name() << "." << field.name()
                                  << " has no rule: map it, ignore it for a reason, or refuse it";
      const FieldRule* rule = special != nullptr ? special : general;
      if (rule == nullptr || rule->treatment != Treatment::kInside) continue;
      ASSERT_NE(field.message_type(), nullptr) << field.full_name();
      Visit(*field.message_type(), std::string(rule->note));
    }
  }

  const std::set<Key>& Used() const { return used_; }

 private:
  const FieldRule* Use(const std::string& message, const std::string& field) {
    const auto found = rules_.find({message, field});
    if (found == rules_.end()) return nullptr;
    used_.insert(found->first);
    return found->second;
  }

  std::map<Key, const FieldRule*> rules_ = RulesByKey();
  std::set<Key> used_;
  std::set<Key> visited_;
};

TEST(FieldTableTest, EveryFieldOfAPodHasARuleAndEveryRuleAField) {
  DescriptorWalk walk;
  walk.Visit(*core::Pod::descriptor(), "");

  for (const FieldRule& rule : FieldRules()) {
    EXPECT_TRUE(walk.Used().contains({std::string(rule.message), std::string(rule.field)}))
        << rule.message << "." << rule.field << " is no field that a pod can carry";
  }
}

TEST(FieldTableTest, IgnoredFieldsSayWhy) {
  for (const FieldRule& rule : FieldRules()) {
    EXPECT_TRUE(rule.treatment != Treatment::kIgnored || !rule.note.empty())
        << rule.message << "." << rule.field;
  }
}

struct Case {
  const char* spec;
  const char* path;  // Empty: nothing is unmapped.
};

class UnmappedFieldsTest : public testing::TestWithParam<Case> {};

TEST_P(UnmappedFieldsTest, FieldIsNamedByItsPath) {
  const auto pod = FromText<core::Pod>(std::string("spec { ") + GetParam().spec + " }");

  const auto paths = UnmappedFields(pod);

  if (std::string_view(GetParam().path).empty()) {
    EXPECT_THAT(paths, IsEmpty());
  } else {
    EXPECT_THAT(paths, ElementsAre(GetParam().path));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Specs, UnmappedFieldsTest,
    testing::Values(
        Case{"hostIPC: true", "spec.hostIPC"}, Case{"hostIPC: false", ""},
        Case{"volumes { volumeSource { nfs { server: \"a\" path: \"/\" } } }", ""},
        Case{"volumes { volumeSource { flexVolume { driver: \"alicloud/nas\" } } }", ""},
        Case{"volumes { volumeSource { flexVolume { driver: \"other/nas\" } } }",
             "spec.volumes[0].flexVolume.driver"},
        Case{"hostUsers: false", "spec.hostUsers"}, Case{"hostUsers: true", ""},
        Case{"runtimeClassName: \"gvisor\"", "spec.runtimeClassName"},
        Case{"runtimeClassName: \"\"", ""}, Case{"os { name: \"linux\" }", ""},
        Case{"os { name: \"windows\" }", "spec.os.name"},
        Case{"resourceClaims { name: \"gpu\" }", "spec.resourceClaims"},
        Case{"tolerations { key: \"a\" }", ""},
        Case{"containers {} containers { startupProbe {} }", "spec.containers[1].startupProbe"},
        Case{"containers { livenessProbe { handler { grpc { port: 1 } } } }",
             "spec.containers[0].livenessProbe.grpc"},
        Case{"containers { livenessProbe { handler { httpGet { host: \"x\" } } } }",
             "spec.containers[0].livenessProbe.httpGet.host"},
        Case{"containers { livenessProbe { handler { httpGet { host: \"\" } } } }", ""},
        Case{"containers { securityContext { capabilities { drop: \"ALL\" } } }",
             "spec.containers[0].securityContext.capabilities.drop"},
        Case{"containers { securityContext { privileged: true runAsGroup: 1 } }", ""},
        Case{"initContainers { securityContext { privileged: true } }",
             "spec.initContainers[0].securityContext.privileged"},
        Case{"initContainers { securityContext { privileged: false runAsUser: 3 } }", ""},
        Case{"initContainers { restartPolicy: \"Always\" }",
             "spec.initContainers[0].restartPolicy"},
        Case{"initContainers { tty: true }", "spec.initContainers[0].tty"},
        Case{"containers { tty: true }", ""},
        Case{"securityContext { fsGroup: 185 }", "spec.securityContext.fsGroup"},
        Case{"securityContext { seccompProfile { type: \"RuntimeDefault\" } }", ""},
        Case{"securityContext { seccompProfile { type: \"Localhost\" localhostProfile: \"p\" } }",
             "spec.securityContext.seccompProfile.type"},
        Case{"securityContext { runAsGroup: 3 }", ""},
        Case{"securityContext { runAsGroup: 3 } initContainers {}",
             "spec.securityContext.runAsGroup (for init containers)"},
        Case{"securityContext { runAsNonRoot: true runAsUser: 3 } initContainers {}", ""},
        Case{"securityContext { runAsNonRoot: true } initContainers {}",
             "spec.securityContext.runAsNonRoot (for init containers without runAsUser)"},
        Case{"containers { ports { containerPort: 1 protocol: \"SCTP\" } }",
             "spec.containers[0].ports[0].protocol"},
        Case{"containers { ports { containerPort: 1 hostPort: 0 hostIP: \"\" } }", ""},
        Case{"containers { ports { hostPort: 80 } }", "spec.containers[0].ports[0].hostPort"},
        Case{"containers { resources { limits { key: \"hugepages-2Mi\" value {} } "
             "limits { key: \"cpu\" value {} } } }",
             "spec.containers[0].resources.limits[hugepages-2Mi]"},
        Case{"volumes { volumeSource { hostPath { path: \"/\" } } }", "spec.volumes[0].hostPath"},
        Case{"volumes { volumeSource { gitRepo {} } }", "spec.volumes[0].gitRepo"},
        Case{"volumes { volumeSource { emptyDir { medium: \"HugePages\" } } }",
             "spec.volumes[0].emptyDir.medium"},
        Case{"volumes { volumeSource { emptyDir { medium: \"\" } } }", ""},
        Case{"volumes { volumeSource { projected { sources { podCertificate {} } } } }",
             "spec.volumes[0].projected.sources[0].podCertificate"},
        Case{"containers { env { valueFrom { fileKeyRef {} } } }",
             "spec.containers[0].env[0].valueFrom.fileKeyRef"},
        Case{"containers { lifecycle { preStop { sleep { seconds: 3 } } } }",
             "spec.containers[0].lifecycle.preStop.sleep"}));

TEST(UnmappedFieldsTest, AllPathsAreNamed) {
  const auto pod =
      FromText<core::Pod>("spec { hostPID: true hostIPC: true containers { startupProbe {} } }");

  EXPECT_THAT(UnmappedFields(pod),
              ElementsAre("spec.containers[0].startupProbe", "spec.hostPID", "spec.hostIPC"));
}

}  // namespace
}  // namespace vk::translate
