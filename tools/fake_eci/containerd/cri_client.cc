#include "tools/fake_eci/containerd/cri_client.h"

#include <grpcpp/grpcpp.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "proto/containerd/v1/events.grpc.pb.h"
#include "proto/cri/v1/runtime.grpc.pb.h"

namespace vk::fake {
namespace {

namespace cri = runtime::v1;
namespace events = containerd::services::events::v1;
using base::Error;
using base::ErrorCode;

// A container's log or configuration never comes this way, but a list of all containers does.
constexpr int kMaxMessageBytes = 16 << 20;

ErrorCode CodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::NOT_FOUND:
      return ErrorCode::kNotFound;
    case grpc::StatusCode::ALREADY_EXISTS:
      return ErrorCode::kAlreadyExists;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return ErrorCode::kInvalidArgument;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return ErrorCode::kDeadlineExceeded;
    case grpc::StatusCode::UNAVAILABLE:
      return ErrorCode::kUnavailable;
    case grpc::StatusCode::CANCELLED:
      return ErrorCode::kCancelled;
    default:
      return ErrorCode::kInternal;
  }
}

base::Status AsStatus(const grpc::Status& status) {
  if (status.ok()) return {};
  return std::unexpected(Error(CodeOf(status.error_code()), status.error_message()));
}

// Runs `start(done)`, which begins something on gRPC's threads that calls `done` once at its end,
// and resumes on the executor with what it was called with. A cancellation is passed to `context`.
template <class Start>
boost::asio::awaitable<grpc::Status> Await(boost::asio::any_io_executor executor,
                                           std::shared_ptr<grpc::ClientContext> context,
                                           Start start) {
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                 void(grpc::Status)>(
      [&](auto handler) {
        // gRPC's callbacks are copied; a handler cannot be.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto slot = boost::asio::get_associated_cancellation_slot(*shared);
        if (slot.is_connected()) {
          slot.assign([context](boost::asio::cancellation_type) { context->TryCancel(); });
        }
        start([shared, executor](grpc::Status status) {
          boost::asio::post(executor, [shared, status = std::move(status)]() mutable {
            auto mine = std::move(*shared);
            boost::asio::get_associated_cancellation_slot(mine).clear();
            std::move(mine)(std::move(status));
          });
        });
      },
      boost::asio::use_awaitable);
}

// Reads the stream of events on gRPC's threads; ends belong to `on_exit` on the executor's. Deletes
// itself at the end of the stream.
class ExitReader final : public grpc::ClientReadReactor<events::Envelope> {
 public:
  ExitReader(CriClient::OnExit on_exit, boost::asio::any_io_executor executor,
             std::function<void(grpc::Status)> done)
      : on_exit_(std::move(on_exit)), executor_(std::move(executor)), done_(std::move(done)) {}

  void Begin(events::Events::Stub& stub, grpc::ClientContext* context) {
    request_.add_filters("topic==\"/tasks/exit\"");
    stub.async()->Subscribe(context, &request_, this);
    StartRead(&envelope_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    events::TaskExit exit;
    // Only the first of a container's processes ends the container.
    if (exit.ParseFromString(envelope_.event().value()) && exit.id() == exit.container_id()) {
      boost::asio::post(executor_, [tell = on_exit_, id = exit.container_id()] { tell(id); });
    }
    StartRead(&envelope_);
  }

  void OnDone(const grpc::Status& status) override {
    const auto done = std::move(done_);
    delete this;
    done(status);
  }

 private:
  const CriClient::OnExit on_exit_;
  const boost::asio::any_io_executor executor_;
  std::function<void(grpc::Status)> done_;
  events::SubscribeRequest request_;
  events::Envelope envelope_;
};

}  // namespace

struct CriClient::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : runtime(cri::RuntimeService::NewStub(channel)),
        images(cri::ImageService::NewStub(channel)),
        exits(events::Events::NewStub(channel)) {}

  std::unique_ptr<cri::RuntimeService::Stub> runtime;
  std::unique_ptr<cri::ImageService::Stub> images;
  std::unique_ptr<events::Events::Stub> exits;
};

namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return grpc::CreateCustomChannel("unix://" + socket, grpc::InsecureChannelCredentials(),
                                   arguments);
}

// One unary call. `begin` is the stub's method.
template <class Response, class Request, class Begin>
boost::asio::awaitable<base::Result<Response>> CallCri(boost::asio::any_io_executor executor,
                                                       base::Clock& clock, const char* name,
                                                       Request request, base::TimePoint deadline,
                                                       Begin begin) {
  struct State {
    grpc::ClientContext context;
    Request request;
    Response response;
  };
  auto state = std::make_shared<State>();
  state->request = std::move(request);
  state->context.set_deadline(
      clock.WallNow() +
      std::chrono::duration_cast<base::WallTime::duration>(deadline - clock.Now()));
  const grpc::Status status = co_await Await(
      executor, std::shared_ptr<grpc::ClientContext>(state, &state->context), [&](auto done) {
        begin(&state->context, &state->request, &state->response,
              [state, done = std::move(done)](const grpc::Status& ended) { done(ended); });
      });
  base::Status outcome = AsStatus(status);
  if (!outcome) co_return std::unexpected(std::move(outcome).error().In(name));
  co_return std::move(state->response);
}

}  // namespace

CriClient::CriClient(const std::string& socket, base::Clock& clock,
                     boost::asio::any_io_executor executor)
    : clock_(clock),
      executor_(std::move(executor)),
      stubs_(std::make_unique<Stubs>(Connect(socket))) {}

CriClient::~CriClient() = default;

#define VK_CRI_CALL(service, name)                                                          \
  boost::asio::awaitable<base::Result<cri::name##Response>> CriClient::name(                \
      cri::name##Request request, base::TimePoint deadline) {                               \
    return CallCri<cri::name##Response>(                                                    \
        executor_, clock_, #name, std::move(request), deadline,                             \
        [stub = stubs_->service.get()](auto* context, auto* sent, auto* reply, auto done) { \
          stub->async()->name(context, sent, reply, std::move(done));                       \
        });                                                                                 \
  }
VK_CRI_CALL(runtime, Version)
VK_CRI_CALL(runtime, RunPodSandbox)
VK_CRI_CALL(runtime, StopPodSandbox)
VK_CRI_CALL(runtime, RemoveContainer)
VK_CRI_CALL(runtime, RemovePodSandbox)
VK_CRI_CALL(runtime, ListPodSandbox)
VK_CRI_CALL(runtime, CreateContainer)
VK_CRI_CALL(runtime, StartContainer)
VK_CRI_CALL(runtime, StopContainer)
VK_CRI_CALL(runtime, ListContainers)
VK_CRI_CALL(runtime, ContainerStatus)
VK_CRI_CALL(runtime, ExecSync)
VK_CRI_CALL(runtime, Attach)
VK_CRI_CALL(images, ImageStatus)
VK_CRI_CALL(images, PullImage)
VK_CRI_CALL(images, ListImages)
VK_CRI_CALL(images, RemoveImage)
#undef VK_CRI_CALL

boost::asio::awaitable<base::Status> CriClient::WatchExits(OnExit on_exit) {
  auto context = std::make_shared<grpc::ClientContext>();
  const grpc::Status status = co_await Await(executor_, context, [&](auto done) {
    auto* reader = new ExitReader(std::move(on_exit), executor_, std::move(done));
    reader->Begin(*stubs_->exits, context.get());
  });
  if (base::Status ended = AsStatus(status); !ended) co_return ended;
  co_return std::unexpected(Error(ErrorCode::kUnavailable, "containerd ended its events"));
}

}  // namespace vk::fake
