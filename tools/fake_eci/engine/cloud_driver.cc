#include "tools/fake_eci/engine/cloud_driver.h"

#include "base/task_group.h"

namespace vk::fake {

boost::asio::awaitable<void> CloudDriver::Run() {
  while (!co_await base::Cancelled()) {
    cloud_.Apply(clock_.Now());
    if (cloud_.NextChange() == base::TimePoint::max()) {
      (void)co_await changed_.Wait();
    } else {
      (void)co_await changed_.WaitUntil(clock_, cloud_.NextChange());
    }
  }
}

}  // namespace vk::fake
