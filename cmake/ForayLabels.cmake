# foray_label_hierarchy(hierarchy.json default_hierarchy.cpp): writes the source of
# foray::classifier::default_hierarchy() from the declared hierarchy. JSON is read while configuring,
# so that the classifier need not read it; a malformed file stops here.
function(foray_label_hierarchy declared source)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${declared})
  file(READ ${declared} text)
  string(JSON version GET "${text}" version)
  string(JSON root_count LENGTH "${text}" roots)
  math(EXPR last_root "${root_count} - 1")
  set(roots "")
  foreach(r RANGE ${last_root})
    string(JSON name GET "${text}" roots ${r} name)
    string(JSON features GET "${text}" roots ${r} features)
    string(JSON group_count LENGTH "${text}" roots ${r} groups)
    math(EXPR last_group "${group_count} - 1")
    set(groups "")
    if(group_count GREATER 0)
      foreach(g RANGE ${last_group})
        string(JSON feature GET "${text}" roots ${r} groups ${g} feature)
        string(JSON kinds GET "${text}" roots ${r} groups ${g} kinds)
        string(JSON minority GET "${text}" roots ${r} groups ${g} minority)
        string(JSON traits GET "${text}" roots ${r} groups ${g} traits)
        string(APPEND groups "{\"${feature}\", ${kinds}, \"${minority}\", ${traits}}, ")
      endforeach()
    endif()
    string(APPEND roots "  hierarchy.roots.push_back({\"${name}\", ${features}, {${groups}}});\n")
  endforeach()
  string(JSON aspect_count LENGTH "${text}" aspects)
  math(EXPR last_aspect "${aspect_count} - 1")
  if(aspect_count GREATER 0)
    foreach(a RANGE ${last_aspect})
      string(JSON name GET "${text}" aspects ${a} name)
      string(JSON questions GET "${text}" aspects ${a} questions)
      string(APPEND roots "  hierarchy.aspects.push_back({\"${name}\", ${questions}});\n")
    endforeach()
  endif()
  # A list of JSON strings in braces is one of C++.
  string(REPLACE "[" "{" roots "${roots}")
  string(REPLACE "]" "}" roots "${roots}")
  set(content
      "// Written from classifier/labels/hierarchy.json by cmake/ForayLabels.cmake.
#include \"foray/classifier/labels.h\"\n
namespace foray::classifier {\n
int default_hierarchy_version() { return ${version}; }\n
LabelHierarchy default_hierarchy() {
  LabelHierarchy hierarchy;
${roots}  return hierarchy;
}\n
}  // namespace foray::classifier\n")
  # Written only when it is another, so that a new configuration compiles nothing anew.
  file(CONFIGURE OUTPUT ${source} CONTENT "${content}" @ONLY)
endfunction()
