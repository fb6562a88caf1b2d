# vk_add_protos(NAME PROTOS a.proto ... [DEPS other] [GRPC]): generated code of one package. Compiled with the same flags in every
# preset (no sanitizer, no warnings, -O1), so that the compiler cache serves all of them.
find_package(Protobuf REQUIRED)
find_program(VK_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)

function(vk_add_protos name)
  cmake_parse_arguments(arg "GRPC" "" "PROTOS;DEPS" ${ARGN})
  set(out "${CMAKE_BINARY_DIR}/generated")
  file(MAKE_DIRECTORY "${out}")
  set(sources)
  foreach(proto ${arg_PROTOS})
    file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/${proto}")
    string(REGEX REPLACE "\\.proto$" "" stem "${path}")
    set(products "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
    set(flags "--cpp_out=${out}")
    if(arg_GRPC)
      list(APPEND products "${out}/${stem}.grpc.pb.cc" "${out}/${stem}.grpc.pb.h")
      list(APPEND flags "--grpc_out=${out}" "--plugin=protoc-gen-grpc=${VK_GRPC_PLUGIN}")
    endif()
    add_custom_command(
      OUTPUT ${products}
      COMMAND protobuf::protoc -I "${CMAKE_SOURCE_DIR}" ${flags} "${path}"
      WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
      DEPENDS "${CMAKE_SOURCE_DIR}/${path}"
      VERBATIM)
    list(APPEND sources ${products})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC "${out}")
  target_compile_options(${name} PRIVATE -w -O1)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${arg_DEPS})
endfunction()
