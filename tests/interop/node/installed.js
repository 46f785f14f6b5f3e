// Packages, which are not installed beside this file.
"use strict";

const { createRequire } = require("module");

module.exports = createRequire(`${process.env.FEDTRACE_INTEROP_NODE}/`);
