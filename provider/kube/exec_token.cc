#include "provider/kube/exec_token.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/deadline.h"
#include "base/proto_json/proto_json.h"
#include "base/semaphore.h"
#include "proto/kubernetes/exec_credential.pb.h"
#include "provider/kube/object_time.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;
using base::SecretString;

constexpr std::chrono::seconds kMargin{10};

class ExecToken final : public TokenSource {
 public:
  ExecToken(ExecPlugin plugin, CommandRunner& runner, base::Clock& clock,
            asio::any_io_executor executor)
      : plugin_(std::move(plugin)), runner_(runner), clock_(clock), turn_(1, std::move(executor)) {}

  asio::awaitable<base::Result<SecretString>> Token(base::TimePoint deadline) override {
    if (Fresh()) co_return token_;
    VK_CO_CHECK_OK(co_await base::WithDeadline(clock_, deadline, "wait for the credential plugin",
                                               turn_.Acquire()));
    base::Status run;
    if (!Fresh()) run = co_await Renew(std::min(deadline, clock_.Now() + plugin_.limit));
    turn_.Release();
    if (!run) co_return std::unexpected(std::move(run).error());
    co_return token_;
  }

  void Rejected() override { token_ = SecretString(); }

 private:
  bool Fresh() const {
    return !token_.empty() && (!expires_ || clock_.WallNow() + kMargin < *expires_);
  }

  base::Error Refused(const std::string& cause) const {
    return base::Error(ErrorCode::kUnauthenticated,
                       "credential plugin " + plugin_.command.program + ": " + cause);
  }

  asio::awaitable<base::Status> Renew(base::TimePoint deadline) {
    auto ran = co_await runner_.Run(plugin_.command, deadline);
    if (!ran && ran.error().code == ErrorCode::kNotFound)
      co_return std::unexpected(
          Refused("not found" + (plugin_.install_hint.empty() ? "; install it or name its full path"
                                                              : "; " + plugin_.install_hint)));
    if (!ran) co_return std::unexpected(std::move(ran).error());
    if (ran->exit_code != 0)
      co_return std::unexpected(
          Refused("ended with code " + std::to_string(ran->exit_code) +
                  "; run it by hand, its messages are on our standard error"));
    co_return Read(ran->output);
  }

  base::Status Read(const std::string& output) {
    kubernetes::ExecCredential answer;
    if (auto read = base::FromJson(output, base::JsonNames::kKubernetes, &answer); !read)
      return std::unexpected(Refused("its answer is no ExecCredential: " + read.error().message));
    if (answer.apiversion() != plugin_.api_version)
      return std::unexpected(Refused("it answers in version \"" + answer.apiversion() +
                                     "\", the kubeconfig says \"" + plugin_.api_version + "\""));
    if (answer.status().token().empty())
      return std::unexpected(
          Refused("it gives no token; client certificates from a plugin are not supported, put "
                  "them into the kubeconfig"));
    token_ = SecretString(answer.status().token());
    expires_.reset();
    if (answer.status().has_expirationtimestamp())
      expires_ = WallTimeAt(answer.status().expirationtimestamp().seconds());
    return {};
  }

  ExecPlugin plugin_;
  CommandRunner& runner_;
  base::Clock& clock_;
  base::Semaphore turn_;  // One run of the plugin at a time.
  SecretString token_;
  std::optional<base::WallTime> expires_;
};

}  // namespace

std::unique_ptr<TokenSource> MakeExecToken(ExecPlugin plugin, CommandRunner& runner,
                                           base::Clock& clock, asio::any_io_executor executor) {
  return std::make_unique<ExecToken>(std::move(plugin), runner, clock, std::move(executor));
}

}  // namespace vk::kube
