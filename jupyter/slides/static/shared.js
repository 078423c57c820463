// ipywidgets 8 asks for a module that jupyterlab-rise does not share with extensions, and none of its widgets
// loads on slides. All it wants of it is the key of an optional service: JupyterLab has both, slides neither.
window._JUPYTERLAB = window._JUPYTERLAB || {};
window._JUPYTERLAB['coursekit-slides'] = {
  init(shared) {
    shared['@jupyterlab/console'] ??= {
      '4.999.0': {
        get: async () => () => ({ IConsoleTracker: { name: 'no consoles on slides' } }),
        from: 'coursekit-slides',
        eager: false
      }
    };
  }
};
