# cmake --install, and packages from it (cpack). The program finds its files in ../share/packrat, seen from its own
# folder, so that a prefix can be moved. The report's page assets are part of the program.
# Libraries outside the system's folders (a LibTorch of one's own) stay found.
set_target_properties(packrat packrat-tensors PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS packrat RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Where tools/tensors.cpp looks for it.
install(TARGETS packrat-tensors RUNTIME DESTINATION libexec/packrat)

# engine/core/shipped_files.h says which folders are looked for.
set(share ${CMAKE_INSTALL_DATADIR}/packrat)
install(DIRECTORY models/weights/ DESTINATION ${share}/weights)
if(PACKRAT_STUDIES)  # nothing else reads tables of other people's figures
  install(DIRECTORY data/energy data/qutibench data/vdard DESTINATION ${share}/tables)
  install(FILES data/README.md DESTINATION ${share}/tables)
endif()
install(FILES README.md CHANGELOG.md REPRODUCIBILITY.md CITATION.cff LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES compressors/FORMAT.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/compressors)
install(FILES engine/buffer/FILE_FORMAT.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/engine/buffer)
install(FILES engine/report/assets/plotly.LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# What the program says of itself.
set(made ${CMAKE_CURRENT_BINARY_DIR}/install)
install(CODE "
  macro(packrat_writes file)
    execute_process(COMMAND \"$<TARGET_FILE:packrat>\" \${ARGN} OUTPUT_FILE \"${made}/\${file}\" COMMAND_ERROR_IS_FATAL ANY)
  endmacro()
  file(MAKE_DIRECTORY \"${made}\")
  packrat_writes(packrat.1 man)
  packrat_writes(packrat.bash completion bash)
  packrat_writes(_packrat completion zsh)")
install(FILES ${made}/packrat.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/packrat.bash RENAME packrat DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/_packrat DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

# cpack: a .deb for the distribution it is built on, and a .tar.gz.
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_PACKAGE_VENDOR "The Packrat authors")
set(CPACK_PACKAGE_CONTACT "${CPACK_PACKAGE_VENDOR}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# Read from the program by dpkg-shlibdeps.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
# Chosen by the system's alternatives instead of linked, started as a program, read for downloads.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libopenblas0, gnuplot-nox, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "npm, dataset-fashion-mnist")
# The weights are halves and do not get smaller: fast rather than small.
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
include(CPack)
