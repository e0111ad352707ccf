# libpackrat, its header, and what CMake and pkg-config need to find them. Component `library`.
include(CMakePackageConfigHelpers)
install(TARGETS packrat_shared EXPORT PackratTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT library)
install(FILES include/packrat/packrat.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/packrat COMPONENT library)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Packrat)
install(EXPORT PackratTargets NAMESPACE Packrat:: DESTINATION ${package} COMPONENT library)
configure_package_config_file(cmake/PackratConfig.cmake.in ${PROJECT_BINARY_DIR}/PackratConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PackratConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PackratConfig.cmake ${PROJECT_BINARY_DIR}/PackratConfigVersion.cmake
  DESTINATION ${package} COMPONENT library)

# Relative to the file, so that a prefix can be moved.
file(RELATIVE_PATH pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/packrat.pc.in ${PROJECT_BINARY_DIR}/packrat.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/packrat.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

# Inside the Python wheel (pyproject.toml): one file beside the package's, a wheel holds no links.
install(PROGRAMS $<TARGET_FILE:packrat_shared> DESTINATION . COMPONENT python EXCLUDE_FROM_ALL RENAME libpackrat.so)
