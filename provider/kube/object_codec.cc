#include "provider/kube/object_codec.h"

#include <google/protobuf/message.h>

#include <boost/json/value.hpp>
#include <utility>

#include "base/proto_json/json_text.h"
#include "base/proto_json/json_value.h"
#include "base/proto_json/proto_json.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "proto/kubernetes/object_list.pb.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/resource_path.h"
#include "provider/kube/watch_frames.h"
#include "provider/kube/watch_lines.h"

namespace vk::kube {
namespace {

using base::JsonNames;
using base::Result;
using google::protobuf::Message;

base::Error Unreadable(base::Error error) {
  error.code = base::ErrorCode::kInternal;
  return error;
}

Result<std::string> FromJsonText(std::string_view json, const Message& type) {
  const std::unique_ptr<Message> message(type.New());
  if (auto read = base::FromJson(json, JsonNames::kKubernetes, message.get()); !read)
    return std::unexpected(Unreadable(std::move(read).error()));
  return ToBytes(*message);
}

ListPage PageOf(const kubernetes::ObjectList& list) {
  return {.resource_version = list.metadata().resourceversion(),
          .continue_token = list.metadata().continue_(),
          .items = {}};
}

Result<ListPage> DecodeJsonList(std::string_view body, const Message& type) {
  kubernetes::ObjectList list;
  if (auto read = base::FromJson(body, JsonNames::kKubernetes, &list); !read)
    return std::unexpected(Unreadable(std::move(read).error()));
  ListPage page = PageOf(list);
  for (const std::string& item : list.items())
    page.items.push_back(FromJsonText(item, type).value_or(std::string()));
  return page;
}

Result<std::string> EncodeJson(const ObjectType& type, const Message& prototype,
                               std::string_view object) {
  const std::unique_ptr<Message> message(prototype.New());
  VK_CHECK_OK(FromBytes(object, message.get()));
  VK_TRY(json, base::ToJsonValue(*message, JsonNames::kKubernetes));
  json.as_object()["apiVersion"] = type.api_version;
  json.as_object()["kind"] = type.kind;
  return base::FormatJson(json);
}

}  // namespace

std::string_view ContentTypeOf(const Resource& resource) {
  return MessageOfJsonKind(resource) ? "application/json" : kProtobufContentType;
}

Result<std::string> EncodeObject(const Resource& resource, std::string_view subresource,
                                 std::string object) {
  auto type = TypeOfBody(resource, subresource);
  if (const Message* prototype = MessageOfJsonKind(resource))
    return EncodeJson(type, *prototype, object);
  return Wrap({std::move(type.api_version), std::move(type.kind), std::move(object)});
}

Result<std::string> DecodeObject(const Resource& resource, std::string_view body) {
  if (const Message* type = MessageOfJsonKind(resource)) return FromJsonText(body, *type);
  VK_TRY(envelope, Unwrap(body));
  return std::move(envelope.object);
}

Result<ListPage> DecodeList(const Resource& resource, std::string_view body) {
  if (const Message* type = MessageOfJsonKind(resource)) return DecodeJsonList(body, *type);
  VK_TRY(envelope, Unwrap(body));
  kubernetes::ObjectList list;
  VK_CHECK_OK(FromBytes(envelope.object, &list));
  ListPage page = PageOf(list);
  page.items.reserve(static_cast<std::size_t>(list.items_size()));
  for (std::string& item : *list.mutable_items()) page.items.push_back(std::move(item));
  return page;
}

std::unique_ptr<WatchDecoder> MakeWatchDecoder(const Resource& resource) {
  if (const Message* type = MessageOfJsonKind(resource)) return std::make_unique<WatchLines>(*type);
  return std::make_unique<WatchFrames>();
}

}  // namespace vk::kube
