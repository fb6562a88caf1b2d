#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "tools/fake_eci/engine/cloud.h"
#include "tools/fake_eci/engine/cloud_driver.h"
#include "tools/fake_eci/exec/exec_sessions.h"
#include "tools/fake_eci/open_api/authenticator.h"

namespace vk::fake {

// The OpenAPI of the cloud over HTTP, of ECI and PrivateZone on one address: GET and POST on "/",
// parameters in the query, in a form body or in both. Answers, errors included, are in JSON or XML
// as parameter Format says; without it JSON, or XML for a call with a V1 signature, as the cloud's
// common parameters have it (not seen for ECI: its SDKs always send Format). Also /healthz, and the
// streams of commands in real containers on /exec/. Used on one thread.
class OpenApi {
 public:
  // REQUIRES: all outlive the object.
  OpenApi(Cloud& cloud, CloudDriver& driver, Authenticator& authenticator, base::Clock& clock,
          base::Log& log)
      : cloud_(cloud), driver_(driver), authenticator_(authenticator), clock_(clock), log_(log) {}

  // Runs a command in a real container, for its output.
  using RunCommandInContainer =
      std::function<boost::asio::awaitable<base::Result<std::string>>(HostCommand command)>;
  void set_run_command(RunCommandInContainer run) { run_command_ = std::move(run); }

  // Null, as at first: there are no streams. REQUIRES: it outlives the object.
  void set_exec_sessions(ExecSessions* sessions) { exec_sessions_ = sessions; }

  // A handler for base::StartHttpServer.
  boost::asio::awaitable<void> Serve(const base::HttpRequest& request,
                                     base::HttpResponder& responder);

 private:
  // What a call comes to, before it is sent.
  struct Answer {
    base::HttpResponse response;
    std::chrono::nanoseconds delay{};
    bool lost = false;
    std::optional<HostCommand> command{};  // The response waits for its output.
    std::string request_id{};
  };

  // How the caller wants to be answered.
  struct ReplyForm {
    bool xml = false;
    std::string host;  // As it called us.
  };

  // What the caller wants done.
  struct Wanted {
    std::string action;
    std::string version;  // The API's.
    std::string method;
  };

  boost::asio::awaitable<void> ServeExec(const base::HttpRequest& request, std::string_view query,
                                         base::HttpResponder& responder);
  boost::asio::awaitable<base::HttpResponse> RunCommand(Answer answer, bool xml);
  Answer Handle(const base::HttpRequest& request, std::string_view query);
  Answer Call(const std::string& caller, const Wanted& wanted, const eci::QueryPairs& parameters,
              const ReplyForm& reply_form);
  Answer Refuse(std::string_view caller, std::string_view action, base::Error error,
                const ReplyForm& reply_form);

  Cloud& cloud_;
  CloudDriver& driver_;
  Authenticator& authenticator_;
  base::Clock& clock_;
  base::Log& log_;
  RunCommandInContainer run_command_;
  ExecSessions* exec_sessions_ = nullptr;
};

}  // namespace vk::fake
