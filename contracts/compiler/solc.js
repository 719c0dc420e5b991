// Answers as much of solc's command line as py-solc-x's compile_standard needs, with npm's solc.
// (npm's own `solcjs` prints a prompt before its JSON.)
'use strict'
const fs = require('fs')
const solc = require('solc')

if (process.argv.includes('--version')) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`)
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(solc.compile(fs.readFileSync(0, 'utf8')) + '\n')
} else {
  process.stderr.write('solc.js: only --version and --standard-json are understood\n')
  process.exitCode = 2
}
