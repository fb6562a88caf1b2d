#pragma once

#include <string>

namespace vk::translate {

// The table of all fields of a pod by their paths, in Markdown: a row for each rule. Fields of init
// containers stand only where they differ from those of containers.
std::string FieldsAsMarkdown();

}  // namespace vk::translate
