"""The parts that Flask extensions bring, made once and bound to the application by the factory."""

from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect

from webapp.translations import Languages

babel = Languages()
csrf = CSRFProtect()
login_manager = LoginManager()
