#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "base/task_group.h"
#include "provider/kube/testing/fake_kube.h"
#include "provider/kube/testing/fake_kube_client.h"
#include "test/base/manual_clock.h"
#include "test/provider/kube/kube_contract.h"

namespace vk::kube {
namespace {

// A FakeKube with one client, in virtual time.
class FakeSubject final : public KubeContractSubject {
 public:
  KubeApi& api() override { return client_; }
  base::Clock& clock() override { return clock_; }
  void Run(boost::asio::awaitable<void> task) override {
    tasks_.Spawn("call", std::move(task));
    clock_.Advance(std::chrono::nanoseconds(0));
    while (tasks_.size() > 0) clock_.Advance(std::chrono::milliseconds(100));
  }

 private:
  boost::asio::io_context io_;
  base::ManualClock clock_{io_};
  FakeKube server_{1, [this] { return clock_.WallNow(); }};
  FakeKubeFaults faults_;
  FakeKubeClient client_{server_, io_.get_executor(), clock_, faults_};
  base::TaskGroup tasks_{io_.get_executor()};
};

std::unique_ptr<KubeContractSubject> MakeFakeSubject() { return std::make_unique<FakeSubject>(); }

INSTANTIATE_TEST_SUITE_P(Fake, KubeContractTest, testing::Values(&MakeFakeSubject));

}  // namespace
}  // namespace vk::kube
