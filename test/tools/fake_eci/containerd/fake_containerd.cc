#include "test/tools/fake_eci/containerd/fake_containerd.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "proto/cri/v1/runtime.grpc.pb.h"

namespace vk::fake {

namespace cri = runtime::v1;

namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

Reactor* End(Context* context, const grpc::Status& status = grpc::Status::OK) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace

class FakeContainerd::Images final : public cri::ImageService::CallbackService {
 public:
  void Publish(const std::string& image, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    registry_[image] = id;
  }
  void Put(const std::string& image, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    store_[image] = id;
  }
  void HoldAll() {
    const std::scoped_lock lock(mutex_);
    holds_ = true;
  }
  void LetAllEnd() {
    const std::scoped_lock lock(mutex_);
    holds_ = false;
    for (const auto& end : std::exchange(held_, {})) end();
  }
  std::vector<std::string> images() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, id] : store_) names.push_back(name);
    return names;
  }
  std::vector<std::string> pulls() const {
    const std::scoped_lock lock(mutex_);
    return pulls_;
  }
  int removals() const {
    const std::scoped_lock lock(mutex_);
    return removals_;
  }

 private:
  struct Pull {
    Reactor* reactor;
    std::string image;
    cri::PullImageResponse* reply;
  };

  void EndWhenLet(std::function<void()> end) {
    if (holds_) {
      held_.push_back(std::move(end));
    } else {
      end();
    }
  }

  void EndPull(const Pull& pull) {
    const auto published = registry_.find(pull.image);
    if (published == registry_.end()) {
      pull.reactor->Finish({grpc::StatusCode::NOT_FOUND, "no such image"});
      return;
    }
    store_[pull.image] = published->second;
    pull.reply->set_image_ref(published->second);
    pull.reactor->Finish(grpc::Status::OK);
  }

  Reactor* ImageStatus(Context* context, const cri::ImageStatusRequest* request,
                       cri::ImageStatusResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    const auto it = store_.find(request->image().image());
    if (it != store_.end()) reply->mutable_image()->set_id(it->second);
    return fake::End(context);
  }
  Reactor* PullImage(Context* context, const cri::PullImageRequest* request,
                     cri::PullImageResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    const Pull pull{context->DefaultReactor(), request->image().image(), reply};
    pulls_.push_back(pull.image + " as " + request->auth().username());
    EndWhenLet([this, pull] { EndPull(pull); });
    return pull.reactor;
  }
  Reactor* ListImages(Context* context, const cri::ListImagesRequest*,
                      cri::ListImagesResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> ids;
    for (const auto& [name, id] : store_) ids.insert(id);
    for (const std::string& id : ids) reply->add_images()->set_id(id);
    return fake::End(context);
  }
  // By a name or an id; all names of the image go, as containerd does it.
  Reactor* RemoveImage(Context* context, const cri::RemoveImageRequest* request,
                       cri::RemoveImageResponse*) override {
    const std::scoped_lock lock(mutex_);
    ++removals_;
    auto* reactor = context->DefaultReactor();
    EndWhenLet([this, reactor, wanted = request->image().image()] {
      const auto named = store_.find(wanted);
      const std::string id = named == store_.end() ? wanted : named->second;
      std::erase_if(store_, [&](const auto& image) { return image.second == id; });
      reactor->Finish(grpc::Status::OK);
    });
    return reactor;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> registry_;  // Ids by name, as in the store.
  std::map<std::string, std::string> store_;
  std::vector<std::string> pulls_;
  int removals_ = 0;
  std::vector<std::function<void()>> held_;
  bool holds_ = false;
};

// Ids of containers are their names and attempts, which are reserved until they are removed.
class FakeContainerd::Containers final : public cri::RuntimeService::CallbackService {
 public:
  std::vector<std::string> started() const {
    const std::scoped_lock lock(mutex_);
    return started_;
  }
  void FailNextStart() {
    const std::scoped_lock lock(mutex_);
    fails_ = true;
  }

 private:
  Reactor* RunPodSandbox(Context* context, const cri::RunPodSandboxRequest* request,
                         cri::RunPodSandboxResponse* reply) override {
    reply->set_pod_sandbox_id(request->config().metadata().uid());
    return End(context);
  }
  Reactor* StopPodSandbox(Context* context, const cri::StopPodSandboxRequest*,
                          cri::StopPodSandboxResponse*) override {
    return End(context);
  }
  Reactor* RemovePodSandbox(Context* context, const cri::RemovePodSandboxRequest*,
                            cri::RemovePodSandboxResponse*) override {
    return End(context);
  }
  Reactor* CreateContainer(Context* context, const cri::CreateContainerRequest* request,
                           cri::CreateContainerResponse* reply) override {
    const std::scoped_lock lock(mutex_);
    const auto& metadata = request->config().metadata();
    const std::string id = metadata.name() + "-" + std::to_string(metadata.attempt());
    if (!names_.emplace(id, metadata.name()).second) {
      return End(context, {grpc::StatusCode::UNKNOWN, "name \"" + id + "\" is reserved"});
    }
    reply->set_container_id(id);
    return End(context);
  }
  Reactor* StartContainer(Context* context, const cri::StartContainerRequest* request,
                          cri::StartContainerResponse*) override {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(fails_, false)) {
      return End(context, {grpc::StatusCode::UNKNOWN, "no such command"});
    }
    started_.push_back(names_[request->container_id()]);
    return End(context);
  }
  Reactor* StopContainer(Context* context, const cri::StopContainerRequest*,
                         cri::StopContainerResponse*) override {
    return End(context);
  }
  Reactor* RemoveContainer(Context* context, const cri::RemoveContainerRequest* request,
                           cri::RemoveContainerResponse*) override {
    const std::scoped_lock lock(mutex_);
    names_.erase(request->container_id());
    return End(context);
  }
  Reactor* ContainerStatus(Context* context, const cri::ContainerStatusRequest*,
                           cri::ContainerStatusResponse* reply) override {
    reply->mutable_status()->set_state(cri::CONTAINER_RUNNING);
    return End(context);
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> names_;  // The names of containers, by their ids.
  std::vector<std::string> started_;
  bool fails_ = false;
};

struct FakeContainerd::Server {
  explicit Server(const std::string& socket) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix://" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(&images);
    builder.RegisterService(&containers);
    server = builder.BuildAndStart();
  }
  ~Server() {
    images.LetAllEnd();
    server->Shutdown();
  }

  Images images;
  Containers containers;
  std::unique_ptr<grpc::Server> server;
};

FakeContainerd::FakeContainerd(const std::string& socket)
    : server_(std::make_unique<Server>(socket)) {}
FakeContainerd::~FakeContainerd() = default;

void FakeContainerd::Publish(const std::string& image, const std::string& id) {
  server_->images.Publish(image, id);
}
void FakeContainerd::Put(const std::string& image, const std::string& id) {
  server_->images.Put(image, id);
}
void FakeContainerd::HoldAll() { server_->images.HoldAll(); }
void FakeContainerd::LetAllEnd() { server_->images.LetAllEnd(); }
std::vector<std::string> FakeContainerd::images() const { return server_->images.images(); }
std::vector<std::string> FakeContainerd::pulls() const { return server_->images.pulls(); }
int FakeContainerd::removals() const { return server_->images.removals(); }
std::vector<std::string> FakeContainerd::started() const { return server_->containers.started(); }
void FakeContainerd::FailNextStart() { server_->containers.FailNextStart(); }

}  // namespace vk::fake
