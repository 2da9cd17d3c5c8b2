// Drives the project of fixtures/clients through the docker-compose package, and prints what it says, as JSON.
const compose = require("docker-compose")

async function main(folder, standalone) {
  const options = { cwd: folder, env: process.env }
  if (standalone) options.executable = { standalone: true, executablePath: standalone }
  const found = {}
  found.version = (await compose.version(options)).data.version
  found.up = (await compose.upAll({ ...options, commandOptions: ["--wait"] })).exitCode
  found.ps = (await compose.ps({ ...options, commandOptions: [["--format", "json"]] })).data.services
  found.port = (await compose.port("web", 8000, options)).data
  found.exec = (await compose.exec("box", ["sh", "-c", "echo $((6 * 7))"], options)).out
  found.logs = (await compose.logs("web", options)).out
  found.services = (await compose.configServices(options)).data.services
  await compose.stopOne("box", options)
  found.left = (await compose.ps(options)).data.services.map((one) => one.name)
  found.down = (await compose.downAll({ ...options, commandOptions: ["--volumes"] })).exitCode
  console.log(JSON.stringify(found))
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exit(1)
})
