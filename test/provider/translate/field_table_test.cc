#include "provider/translate/field_table.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using google::protobuf::Descriptor;
using Key = std::pair<std::string, std::string>;
using RulesByKey = std::map<Key, std::vector<const FieldRule*>>;

RulesByKey Rules() {
  RulesByKey rules;
  for (const FieldRule& rule : FieldRules()) {
    rules[Key(rule.message, rule.field)].push_back(&rule);
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
      const auto* special = Use(exceptions, field.name());
      const auto* general = Use(message.name(), field.name());
      EXPECT_NE(general, nullptr) << message.name() << "." << field.name()
                                  << " has no rule: map it, ignore it for a reason, or refuse it";
      const auto* rules = special != nullptr ? special : general;
      if (rules == nullptr) continue;
      for (const FieldRule* rule : *rules) {
        if (rule->treatment != Treatment::kInside) continue;
        ASSERT_NE(field.message_type(), nullptr) << field.full_name();
        Visit(*field.message_type(), std::string(rule->note));
      }
    }
  }

  const std::set<Key>& Used() const { return used_; }

 private:
  const std::vector<const FieldRule*>* Use(const std::string& message, const std::string& field) {
    const auto found = rules_.find({message, field});
    if (found == rules_.end()) return nullptr;
    used_.insert(found->first);
    return &found->second;
  }

  RulesByKey rules_ = Rules();
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

TEST(FieldTableTest, AllButMappedFieldsSayHowOrWhy) {
  for (const FieldRule& rule : FieldRules()) {
    const bool plain = rule.treatment == Treatment::kMapped || rule.treatment == Treatment::kInside;
    EXPECT_TRUE(plain || !rule.note.empty()) << rule.message << "." << rule.field;
  }
}

TEST(FieldTableTest, LastRuleOfAFieldHoldsWithoutCondition) {
  for (const auto& [key, rules] : Rules()) {
    EXPECT_EQ(rules.back()->when, nullptr) << key.first << "." << key.second;
    for (std::size_t i = 0; i + 1 < rules.size(); ++i) {
      EXPECT_TRUE(rules[i]->when != nullptr || rules[i]->treatment == Treatment::kInside)
          << key.first << "." << key.second << ": a later rule is never reached";
    }
  }
}

}  // namespace
}  // namespace vk::translate
