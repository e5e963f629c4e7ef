-- Starts a Neovim as a child process and drives it over RPC, with the keys that a user types. The tests wait outside, so
-- that the event loop of the child is not blocked.
local driver = { failed = 0 }

--- How many times as long as on an idle machine a condition may take.
local PATIENCE = 4

--- As `vim.wait`, with the time that the condition takes on an idle machine.
function driver.wait(milliseconds, condition, interval) return vim.wait(milliseconds * PATIENCE, condition, interval) end

---@param name string
---@param ok any
---@param shown? any the actual value, printed on failure
function driver.check(name, ok, shown)
  io.stdout:write(('%s %s%s\n'):format(ok and 'ok  ' or 'FAIL', name, ok and '' or ': ' .. vim.inspect(shown)))
  if not ok then driver.failed = driver.failed + 1 end
  return ok
end

local Child = {}
Child.__index = Child

--- Starts Neovim with the configuration from `XDG_CONFIG_HOME`.
---@param program string
---@param folder string working directory
function driver.start(program, folder)
  local child = setmetatable({ stderr = {} }, Child)
  child.job = vim.fn.jobstart({ program, '--embed', '--headless', '-n' }, {
    rpc = true,
    cwd = folder,
    on_stderr = function(_, lines) vim.list_extend(child.stderr, lines) end,
    on_exit = function(_, code) child.code = code end,
  })
  assert(child.job > 0, 'cannot start ' .. program)
  child:run(function()
    vim.o.columns, vim.o.lines, vim.o.more = 120, 40, false
    -- Collects messages and avoids the hit-enter prompt.
    _G.notices = {}
    vim.notify = function(message) table.insert(_G.notices, message) end
  end)
  return child
end

--- Runs a function in the child and returns its result. The function must not have upvalues.
function Child:run(action, ...)
  return vim.rpcrequest(self.job, 'nvim_exec_lua', 'local code = ...; return loadstring(code)(select(2, ...))', {
    string.dump(action),
    ...,
  })
end

--- Types keys in key notation, and waits until they are processed.
function Child:keys(keys)
  vim.rpcrequest(self.job, 'nvim_input', keys)
  vim.wait(30)
end

function Child:command(command) return vim.rpcrequest(self.job, 'nvim_command', command) end

--- Waits until a function returns a true value in the child, or a table with a true `ok`. Returns the last result, and its
--- `shown` for failure messages.
function Child:wait(milliseconds, action, ...)
  local arguments, result, shown = { ... }, nil, nil
  driver.wait(milliseconds, function()
    local value = self:run(action, unpack(arguments))
    if type(value) == 'table' and value.shown ~= nil then
      result, shown = value.ok, value.shown
    else
      result, shown = value, value
    end
    return result and result ~= vim.NIL
  end, 30)
  return result and result ~= vim.NIL and result, shown
end

--- Opens a file, and waits until the server is initialized.
function Child:edit(path)
  self:command('edit! ' .. path)
  return self:wait(10000, function()
    local client = vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' })[1]
    return client ~= nil and client.initialized == true
  end)
end

---@return string[]
function Child:text() return vim.rpcrequest(self.job, 'nvim_buf_get_lines', 0, 0, -1, false) end

---@param number integer
function Child:line(number) return self:text()[number] end

--- Returns the number of the first line that matches a pattern.
---@param pattern string
function Child:find(pattern)
  for number, text in ipairs(self:text()) do
    if text:find(pattern) then return number end
  end
end

---@param row integer 1-based
---@param column? integer 0-based
function Child:set_cursor(row, column) vim.rpcrequest(self.job, 'nvim_win_set_cursor', 0, { row, column or 0 }) end

--- Waits until the text of the buffer satisfies a condition. Returns whether it does, and the text.
---@param condition fun(text: string): any
function Child:wait_for_text(condition)
  local text
  local ok = driver.wait(5000, function()
    text = table.concat(self:text(), '\n')
    return condition(text)
  end, 30)
  return ok, text
end

--- Returns the number of diagnostics per rule in the current buffer.
---@return table<string, integer>
function Child:rules()
  return self:run(function()
    local counts = vim.empty_dict()
    for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
      counts[diagnostic.code] = (counts[diagnostic.code] or 0) + 1
    end
    return counts
  end)
end

--- Waits until the diagnostics satisfy a condition. Returns whether they do, and the number per rule.
---@param condition fun(rules: table<string, integer>): any
function Child:wait_for_rules(condition)
  local rules
  local ok = driver.wait(10000, function()
    rules = self:rules()
    return condition(rules)
  end, 30)
  return ok, rules
end

--- Returns the messages shown to the user since the last call.
---@return string
function Child:notices()
  return self:run(function()
    local text = table.concat(_G.notices, '\n')
    _G.notices = {}
    return text
  end)
end

--- Quits with `:qall!`, and waits for the end of the process.
function Child:quit()
  pcall(vim.rpcnotify, self.job, 'nvim_command', 'qall!')
  return driver.wait(10000, function() return self.code ~= nil end, 30)
end

return driver
