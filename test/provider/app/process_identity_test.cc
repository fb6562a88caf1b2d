#include "provider/app/process_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace vk::app {
namespace {

// Host, process id, start time, boot id, PID namespace.
using Parts = std::vector<std::string>;

Parts Split(const std::string& identity) {
  Parts parts{""};
  for (const char c : identity) {
    if (c == '_') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  // A host name may hold underscores.
  while (parts.size() > 5) {
    parts[0] += "_" + parts[1];
    parts.erase(parts.begin() + 1);
  }
  return parts;
}

std::string Join(const Parts& parts) {
  std::string identity;
  for (const std::string& part : parts) identity += (identity.empty() ? "" : "_") + part;
  return identity;
}

// A child of this process that runs until it is ended.
class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ == 0) {
      for (;;) pause();
    }
  }
  ~Child() { End(); }
  void End() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string pid() const { return std::to_string(pid_); }

 private:
  pid_t pid_;
};

// The identity of a process of this host that has ended.
Parts Ended() {
  Parts parts = Split(ProcessIdentity());
  Child child;
  parts[1] = child.pid();
  child.End();
  return parts;
}

TEST(ProcessIdentityTest, RunningProcessIsNotGone) {
  EXPECT_EQ(Split(ProcessIdentity()).size(), 5u);
  EXPECT_FALSE(ProcessIsGone(ProcessIdentity()));
}

TEST(ProcessIdentityTest, EndedProcessOfThisHostIsGone) {
  EXPECT_TRUE(ProcessIsGone(Join(Ended())));
}

TEST(ProcessIdentityTest, ProcessIdThatSomebodyElseHasNowIsGone) {
  Parts parts = Split(ProcessIdentity());
  parts[2] = "1" + parts[2];

  EXPECT_TRUE(ProcessIsGone(Join(parts)));
}

// Two pods of one host network share its name and have process ids of their own.
TEST(ProcessIdentityTest, ProcessOfAnotherPidNamespaceIsNotGone) {
  Parts parts = Ended();
  parts[4] = "pid:[1]";

  EXPECT_FALSE(ProcessIsGone(Join(parts)));
}

TEST(ProcessIdentityTest, ProcessOfAnotherBootOrMachineOfThisNameIsNotGone) {
  Parts parts = Ended();
  parts[3] = "00000000-0000-0000-0000-000000000000";

  EXPECT_FALSE(ProcessIsGone(Join(parts)));
}

TEST(ProcessIdentityTest, ProcessOfAnotherHostIsNotGone) {
  Parts parts = Ended();
  parts[0] = "x" + parts[0];

  EXPECT_FALSE(ProcessIsGone(Join(parts)));
}

TEST(ProcessIdentityTest, TextsOfAnotherFormAreNotGone) {
  const Parts ended = Ended();

  EXPECT_FALSE(ProcessIsGone(""));
  EXPECT_FALSE(ProcessIsGone("somebody"));
  EXPECT_FALSE(ProcessIsGone(Join({ended[0], ended[1], ended[2]})));
  EXPECT_FALSE(ProcessIsGone(Join({ended[0], "0", ended[2], ended[3], ended[4]})));
  EXPECT_FALSE(ProcessIsGone(Join({ended[0], "-1", ended[2], ended[3], ended[4]})));
  EXPECT_FALSE(ProcessIsGone(Join({ended[0], ended[1], "", ended[3], ended[4]})));
  EXPECT_FALSE(ProcessIsGone(Join({ended[0], ended[1], ended[2], "", ""})));
}

}  // namespace
}  // namespace vk::app
