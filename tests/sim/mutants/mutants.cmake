# What the mutants of the simulator, the stores and the unit tests have in common: a list of planted bugs (its format: apply.py).

find_program(KGW_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
set(kgw_mutants_dir ${CMAKE_CURRENT_LIST_DIR})

# Sets `heads` to the list's heads, each without its "== "; who changes the list configures again.
function(mutant_heads list heads)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
  file(STRINGS ${list} found REGEX "^== ")
  list(TRANSFORM found REPLACE "^== " "")
  set(${heads} ${found} PARENT_SCOPE)
endfunction()

# Makes `mutated`: src/`file` with the bug `mutant` of the list.
function(plant list mutant file mutated)
  get_filename_component(folder ${mutated} DIRECTORY)
  add_custom_command(
    OUTPUT ${mutated}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${KGW_PYTHON} ${kgw_mutants_dir}/apply.py ${list} ${CMAKE_SOURCE_DIR}/src ${mutant} ${mutated}
    DEPENDS ${list} ${CMAKE_SOURCE_DIR}/src/${file} ${kgw_mutants_dir}/apply.py
    VERBATIM)
endfunction()
