#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/asio_clock.h"
#include "base/http/client.h"
#include "base/task_group.h"
#include "provider/kube/command_runner.h"
#include "provider/kube/http_kube_api.h"
#include "provider/kube/kubeconfig.h"
#include "test/provider/kube/kube_contract.h"

namespace vk::kube {
namespace {

// The value of --kubeconfig; empty: the tests are skipped.
std::string kubeconfig_path;

base::Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return std::unexpected(base::Error(base::ErrorCode::kNotFound, "read " + path + ": no file"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The API server of a kubeconfig, in real time.
class HttpSubject final : public KubeContractSubject {
 public:
  explicit HttpSubject(const std::string& path) {
    access_ =
        LoadKubeconfig(path, "", {ReadFile, clock_, *commands_, io_.get_executor(), {}}).value();
    base::HttpClientOptions options;
    options.url = access_.server;
    options.tls = base::MakeTlsClientContext(access_.tls).value();
    transport_ = base::MakeHttpClient(std::move(options), io_.get_executor(), clock_).value();
    api_ = std::make_unique<HttpKubeApi>(*transport_, *transport_, clock_, *access_.tokens);
  }

  KubeApi& api() override { return *api_; }
  base::Clock& clock() override { return clock_; }
  void Run(boost::asio::awaitable<void> task) override {
    tasks_.Spawn("call", std::move(task));
    io_.restart();
    while (tasks_.size() > 0) io_.run_one();
  }

 private:
  boost::asio::io_context io_;
  base::AsioClock clock_{io_};
  std::unique_ptr<CommandRunner> commands_ = MakeProcessRunner(io_.get_executor(), clock_);
  KubeAccess access_;
  std::unique_ptr<base::HttpTransport> transport_;
  std::unique_ptr<HttpKubeApi> api_;
  base::TaskGroup tasks_{io_.get_executor()};
};

std::unique_ptr<KubeContractSubject> MakeHttpSubject() {
  if (kubeconfig_path.empty()) return nullptr;
  return std::make_unique<HttpSubject>(kubeconfig_path);
}

INSTANTIATE_TEST_SUITE_P(Http, KubeContractTest, testing::Values(&MakeHttpSubject));

}  // namespace
}  // namespace vk::kube

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kFlag = "--kubeconfig=";
  for (int i = 1; i < argc; ++i) {
    if (std::string_view argument = argv[i]; argument.starts_with(kFlag))
      vk::kube::kubeconfig_path = argument.substr(kFlag.size());
  }
  return RUN_ALL_TESTS();
}
