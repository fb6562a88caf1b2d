#include "provider/app/reloaded_credentials.h"

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "test/base/manual_clock.h"
#include "test/provider/agent/pods.h"

namespace vk::app {
namespace {

using namespace std::chrono_literals;

eci::Credentials Key(const std::string& id) {
  return {id, base::SecretString("secret of " + id), base::SecretString(), std::nullopt};
}

class ReloadedCredentialsTest : public testing::Test {
 protected:
  std::string Id() {
    std::string id;
    tasks_.Spawn("get", Keep(&credentials_, &id));
    clock_.Advance(0s);
    return id;
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  agent::NullLog log_;
  base::Result<eci::Credentials> file_ = Key("old");
  int reads_ = 0;
  ReloadedCredentials credentials_{Key("old"),
                                   [this] {
                                     ++reads_;
                                     return file_;
                                   },
                                   clock_, log_};
  base::TaskGroup tasks_{io_.get_executor()};

 private:
  static boost::asio::awaitable<void> Keep(ReloadedCredentials* credentials, std::string* id) {
    const auto got = co_await credentials->Get(base::TimePoint::max());
    *id = got ? got->access_key_id : got.error().message;
  }
};

TEST_F(ReloadedCredentialsTest, ReplacedKeyIsTakenWithinHalfAMinute) {
  file_ = Key("new");
  EXPECT_EQ(Id(), "old");

  clock_.Advance(ReloadedCredentials::kPeriod);

  EXPECT_EQ(Id(), "new");
}

TEST_F(ReloadedCredentialsTest, SettingsThatCannotBeReadLeaveTheKey) {
  file_ = std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, "half written"));
  clock_.Advance(31s);
  EXPECT_EQ(Id(), "old");

  file_ = Key("new");
  clock_.Advance(31s);
  EXPECT_EQ(Id(), "new");
}

TEST_F(ReloadedCredentialsTest, CallsInBetweenReadNothing) {
  for (int i = 0; i < 100; ++i) Id();
  EXPECT_EQ(reads_, 0);
}

}  // namespace
}  // namespace vk::app
