#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "provider/agent/group_book.h"
#include "provider/agent/group_queries.h"

namespace vk::agent {

// A group with all our listing tags that no pod here claims.
struct UnclaimedGroup {
  translate::GroupIdentity identity;
  translate::Seconds created_at = 0;  // The cloud's time.
  base::TimePoint first_seen;
  bool ended = false;
  bool surplus = false;  // Its pod is here, and has another group or has ended.
};

// Decides by the tags of groups whose they are (docs/ownership.md §1 to §3): writes GroupBook, and
// keeps the groups that are nobody's. Core thread.
class GroupClaims {
 public:
  // REQUIRES: all outlive it.
  GroupClaims(translate::GroupIdentity node, PodTable& pods, GroupBook& book, base::Clock& clock,
              base::Log& log)
      : node_(std::move(node)), pods_(pods), book_(book), clock_(clock), log_(log) {}

  // What calls for details told. Of two groups of one pod the one that it has or names stays, else
  // one that was placed, else the older.
  void Meet(std::vector<GroupDetail> details);

  // Whether its details have to be asked for: nobody knows whose it is, or an annotation alone says
  // so. A pod that appeared since may own what was unclaimed.
  bool IsUnknown(const std::string& group_id) const;

  // A complete listing that began at `began` and is to be believed showed only these: the other
  // unclaimed groups are gone.
  void KeepShown(const std::set<std::string>& shown, base::TimePoint began);

  // A pod has lost a group that was never seen. If it has another one, the name was old: the agent
  // died between the end of the first and the patch that names the second.
  void TakeOther(const std::string& uid);

  const std::map<std::string, UnclaimedGroup>& unclaimed() const { return unclaimed_; }

 private:
  void Keep(const GroupDetail& detail);
  bool MakeRoom(const GroupDetail& detail);
  void Add(const GroupDetail& detail, bool surplus);

  const translate::GroupIdentity node_;
  PodTable& pods_;
  GroupBook& book_;
  base::Clock& clock_;
  base::Log& log_;
  std::map<std::string, UnclaimedGroup> unclaimed_;
};

// Whether every one of our tags is there: only such a group may be deleted as unclaimed
// (docs/ownership.md §6).
bool HasAllTags(const translate::GroupIdentity& identity);

}  // namespace vk::agent
